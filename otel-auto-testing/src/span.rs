//! A captured span, easy to assert on.

use std::time::Duration;

use opentelemetry::{
    Array, SpanId, TraceId, Value,
    trace::{SpanKind, Status},
};
use opentelemetry_sdk::trace::SpanData;

/// A span that has ended.
#[derive(Debug, Clone)]
pub struct SpanView {
    /// The name at the end.
    pub name: String,
    /// The kind.
    pub kind: SpanKind,
    /// The status.
    pub status: Status,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// Its parent's id; invalid for a root.
    pub parent: SpanId,
    /// Did the parent come from another process?
    pub remote_parent: bool,
    /// From start to end.
    pub duration: Duration,
    /// The name of the instrumentation scope.
    pub scope: String,
    /// All data, as the SDK gave it.
    pub data: SpanData,
}

impl SpanView {
    /// An attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.data
            .attributes
            .iter()
            .find(|attribute| attribute.key.as_str() == key)
            .map(|attribute| &attribute.value)
    }

    /// An attribute as text, as it is shown in trees; empty if the span has none of this key.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.get(key).map(text).unwrap_or_default()
    }

    /// All attributes as text, sorted by key. A key that was written twice is there twice.
    #[must_use]
    pub fn attributes(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self
            .data
            .attributes
            .iter()
            .map(|attribute| (attribute.key.as_str().to_owned(), text(&attribute.value)))
            .collect();
        all.sort();
        all
    }

    /// Is the status an error?
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }
}

impl From<SpanData> for SpanView {
    fn from(data: SpanData) -> Self {
        Self {
            name: data.name.clone().into_owned(),
            kind: data.span_kind.clone(),
            status: data.status.clone(),
            trace_id: data.span_context.trace_id(),
            span_id: data.span_context.span_id(),
            parent: data.parent_span_id,
            remote_parent: data.parent_span_is_remote,
            duration: data
                .end_time
                .duration_since(data.start_time)
                .unwrap_or_default(),
            scope: data.instrumentation_scope.name().to_owned(),
            data,
        }
    }
}

/// Texts bare, arrays in brackets, everything else as it is displayed.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Array(Array::String(items)) => {
            let items: Vec<_> = items
                .iter()
                .map(opentelemetry::StringValue::as_str)
                .collect();
            format!("[{}]", items.join(","))
        }
        other => other.as_str().into_owned(),
    }
}
