//! What arrived, flattened: every item with the resource and the scope it came under.

use std::{fmt::Write as _, ops::Deref};

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1 as logs,
    metrics::v1 as metrics,
    trace::v1 as trace,
};

use super::decode::{Message, Request};

/// One item with its resource and scope; derefs to the OTLP message.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Received<T> {
    /// The attributes of the resource.
    pub resource: Vec<KeyValue>,
    /// The instrumentation scope, if one was sent.
    pub scope: Option<InstrumentationScope>,
    /// The item.
    pub item: T,
}

/// A span.
pub type Span = Received<trace::Span>;
/// A metric, with all the points of one export.
pub type Metric = Received<metrics::Metric>;
/// A log record.
pub type LogRecord = Received<logs::LogRecord>;

impl<T> Deref for Received<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T> Received<T> {
    /// An attribute of the resource, as text.
    #[must_use]
    pub fn resource_attribute(&self, key: &str) -> Option<String> {
        find(&self.resource, key)
    }

    /// The name of the instrumentation scope; empty if none was sent.
    #[must_use]
    pub fn scope_name(&self) -> &str {
        self.scope.as_ref().map_or("", |scope| &scope.name)
    }
}

impl Span {
    /// An attribute of the span, as text.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<String> {
        find(&self.item.attributes, key)
    }

    /// The trace id in lower-case hex.
    #[must_use]
    pub fn trace_id(&self) -> String {
        hex(&self.item.trace_id)
    }

    /// The span id in lower-case hex.
    #[must_use]
    pub fn span_id(&self) -> String {
        hex(&self.item.span_id)
    }

    /// The parent's span id in lower-case hex; empty for a root.
    #[must_use]
    pub fn parent_span_id(&self) -> String {
        hex(&self.item.parent_span_id)
    }
}

impl LogRecord {
    /// An attribute of the record, as text.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<String> {
        find(&self.item.attributes, key)
    }

    /// The body as text; empty if there is none.
    #[must_use]
    pub fn body_text(&self) -> String {
        self.item.body.as_ref().map(text).unwrap_or_default()
    }
}

fn accepted(requests: &[Request]) -> impl Iterator<Item = &Message> {
    requests
        .iter()
        .filter(|request| request.accepted)
        .map(|request| &request.message)
}

macro_rules! flatten {
    ($name:ident, $variant:ident, $resources:ident, $scopes:ident, $items:ident, $item:ty) => {
        pub(super) fn $name(requests: &[Request]) -> Vec<Received<$item>> {
            let mut all = Vec::new();
            for message in accepted(requests) {
                let Message::$variant(message) = message else {
                    continue;
                };
                for group in &message.$resources {
                    let resource = group.resource.as_ref().map(|r| r.attributes.clone());
                    for scoped in &group.$scopes {
                        all.extend(scoped.$items.iter().map(|item| Received {
                            resource: resource.clone().unwrap_or_default(),
                            scope: scoped.scope.clone(),
                            item: item.clone(),
                        }));
                    }
                }
            }
            all
        }
    };
}

flatten!(
    spans,
    Traces,
    resource_spans,
    scope_spans,
    spans,
    trace::Span
);
flatten!(
    metrics,
    Metrics,
    resource_metrics,
    scope_metrics,
    metrics,
    metrics::Metric
);
flatten!(
    logs,
    Logs,
    resource_logs,
    scope_logs,
    log_records,
    logs::LogRecord
);

fn find(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    Some(found.value.as_ref().map(text).unwrap_or_default())
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(Value::BytesValue(bytes)) => hex(bytes),
        Some(Value::ArrayValue(array)) => {
            let values: Vec<_> = array.values.iter().map(text).collect();
            format!("[{}]", values.join(", "))
        }
        Some(Value::KvlistValue(list)) => {
            let pairs = list.values.iter().map(|pair| {
                let value = pair.value.as_ref().map(text).unwrap_or_default();
                format!("{}: {value}", pair.key)
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
