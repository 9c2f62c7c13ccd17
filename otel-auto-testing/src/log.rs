//! A captured log record, easy to assert on.

use opentelemetry::{
    InstrumentationScope, SpanId, TraceId, Value,
    logs::{AnyValue, Severity},
};
use opentelemetry_sdk::logs::SdkLogRecord;

use crate::span::text;

/// A log record.
#[derive(Debug, Clone)]
pub struct LogView {
    /// The body as text; empty if there is none.
    pub body: String,
    /// The severity.
    pub severity: Option<Severity>,
    /// The event's name; empty if it has none.
    pub event_name: String,
    /// Where it was logged: the target of a `tracing` event. Empty if it has none.
    pub target: String,
    /// The attributes in the order in which they were added. What is nested or binary is there as text.
    pub attributes: Vec<(String, Value)>,
    /// The trace that it belongs to, if any.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to, if any.
    pub span_id: Option<SpanId>,
    /// The name of the instrumentation scope.
    pub scope: String,
    /// All data, as the SDK gave it.
    pub data: SdkLogRecord,
}

impl LogView {
    pub(crate) fn new(data: &SdkLogRecord, scope: &InstrumentationScope) -> Self {
        let ids = data.trace_context();
        Self {
            body: data
                .body()
                .map(|body| text(&value(body)))
                .unwrap_or_default(),
            severity: data.severity_number(),
            event_name: data.event_name().unwrap_or_default().to_owned(),
            target: data.target().map(ToString::to_string).unwrap_or_default(),
            attributes: data
                .attributes_iter()
                .map(|(key, any)| (key.as_str().to_owned(), value(any)))
                .collect(),
            trace_id: ids.map(|ids| ids.trace_id),
            span_id: ids.map(|ids| ids.span_id),
            scope: scope.name().to_owned(),
            data: data.clone(),
        }
    }

    /// An attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let mut all = self.attributes.iter();
        all.find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

fn value(any: &AnyValue) -> Value {
    match any {
        AnyValue::Int(number) => Value::I64(*number),
        AnyValue::Double(number) => Value::F64(*number),
        AnyValue::String(text) => Value::String(text.clone()),
        AnyValue::Boolean(is) => Value::Bool(*is),
        other => Value::from(format!("{other:?}")),
    }
}
