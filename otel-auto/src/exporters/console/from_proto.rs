//! Spans of OTLP messages, as spans to draw. Messages come from other processes: ids of a wrong length are read as
//! absent, and nested values only to a certain depth.

use opentelemetry::trace::SpanKind;
use opentelemetry::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use opentelemetry_semantic_conventions::attribute::{
    EXCEPTION_MESSAGE, EXCEPTION_TYPE, SERVICE_NAME,
};

use super::model::{ErrorEvent, Span, Status, bounded};

const MAX_NESTING: usize = 4;
const MAX_ELEMENTS: usize = 16;

impl Span {
    /// Takes over all spans of one `ResourceSpans` message.
    #[must_use]
    pub fn from_proto(message: &otlp::ResourceSpans) -> Vec<Self> {
        let service = service_name(message.resource.as_ref());
        let scopes = message.scope_spans.iter();
        scopes
            .flat_map(|scope| &scope.spans)
            .map(|span| from_span(span, &service))
            .collect()
    }
}

fn from_span(span: &otlp::Span, service: &str) -> Span {
    // Only with both bits does the sender say "remote"; without the first it does not know.
    let remote = otlp::SpanFlags::ContextHasIsRemoteMask as u32
        | otlp::SpanFlags::ContextIsRemoteMask as u32;
    Span {
        trace_id: trace_id(&span.trace_id),
        span_id: span_id(&span.span_id).unwrap_or(SpanId::INVALID),
        parent_id: span_id(&span.parent_span_id),
        parent_is_remote: span.flags & remote == remote,
        name: bounded(span.name.clone()),
        kind: match span.kind() {
            otlp::span::SpanKind::Server => SpanKind::Server,
            otlp::span::SpanKind::Client => SpanKind::Client,
            otlp::span::SpanKind::Producer => SpanKind::Producer,
            otlp::span::SpanKind::Consumer => SpanKind::Consumer,
            otlp::span::SpanKind::Internal | otlp::span::SpanKind::Unspecified => {
                SpanKind::Internal
            }
        },
        service: service.to_owned(),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        status: span.status.as_ref().map_or(Status::Unset, status),
        attributes: attributes(&span.attributes),
        errors: span.events.iter().filter_map(error_event).collect(),
    }
}

fn status(status: &otlp::Status) -> Status {
    match status.code() {
        otlp::status::StatusCode::Unset => Status::Unset,
        otlp::status::StatusCode::Ok => Status::Ok,
        otlp::status::StatusCode::Error => Status::Error(bounded(status.message.clone())),
    }
}

fn error_event(event: &otlp::span::Event) -> Option<ErrorEvent> {
    let text = |key: &str| find(&event.attributes, key).unwrap_or_default();
    (event.name == "exception").then(|| ErrorEvent {
        kind: text(EXCEPTION_TYPE),
        message: text(EXCEPTION_MESSAGE),
    })
}

pub(super) fn service_name(resource: Option<&Resource>) -> String {
    resource
        .and_then(|resource| find(&resource.attributes, SERVICE_NAME))
        .unwrap_or_default()
}

pub(super) fn attributes(pairs: &[KeyValue]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|pair| (bounded(pair.key.clone()), text(pair.value.as_ref())))
        .collect()
}

fn find(pairs: &[KeyValue], key: &str) -> Option<String> {
    let pair = pairs.iter().find(|pair| pair.key == key)?;
    Some(text(pair.value.as_ref()))
}

fn trace_id(bytes: &[u8]) -> TraceId {
    bytes
        .try_into()
        .map_or(TraceId::INVALID, TraceId::from_bytes)
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    let id = SpanId::from_bytes(bytes.try_into().ok()?);
    (id != SpanId::INVALID).then_some(id)
}

fn text(value: Option<&AnyValue>) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    bounded(out)
}

fn write(out: &mut String, value: Option<&AnyValue>, nesting: usize) {
    let Some(value) = value.and_then(|value| value.value.as_ref()) else {
        return;
    };
    if nesting > MAX_NESTING {
        out.push('…');
        return;
    }
    match value {
        Value::StringValue(text) => out.push_str(text),
        Value::BoolValue(value) => out.push_str(&value.to_string()),
        Value::IntValue(value) => out.push_str(&value.to_string()),
        Value::DoubleValue(value) => out.push_str(&value.to_string()),
        Value::BytesValue(bytes) => out.push_str(&format!("{} bytes", bytes.len())),
        Value::ArrayValue(array) => list(out, "[]", &array.values, |out, value| {
            write(out, Some(value), nesting + 1);
        }),
        Value::KvlistValue(map) => list(out, "{}", &map.values, |out, pair| {
            out.push_str(&pair.key);
            out.push('=');
            write(out, pair.value.as_ref(), nesting + 1);
        }),
        // An index into a table that only profiles carry.
        Value::StringValueStrindex(_) => {}
    }
}

fn list<T>(out: &mut String, brackets: &str, items: &[T], each: impl Fn(&mut String, &T)) {
    let (open, close) = brackets.split_at(1);
    out.push_str(open);
    for (index, item) in items.iter().take(MAX_ELEMENTS).enumerate() {
        if index > 0 {
            out.push(',');
        }
        each(out, item);
    }
    if items.len() > MAX_ELEMENTS {
        out.push('…');
    }
    out.push_str(close);
}
