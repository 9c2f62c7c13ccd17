//! Spans of the SDK, as spans to draw.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Status as SdkStatus};
use opentelemetry::{Key, KeyValue, SpanId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use opentelemetry_semantic_conventions::attribute::{
    EXCEPTION_MESSAGE, EXCEPTION_TYPE, SERVICE_NAME,
};

use super::model::{ErrorEvent, Span, Status, bounded};

impl Span {
    /// Takes over an ended span of the SDK, whose resource has the given `service.name`.
    #[must_use]
    pub fn from_sdk(data: &SpanData, service: &str) -> Self {
        let parent = data.parent_span_id;
        Self {
            trace_id: data.span_context.trace_id(),
            span_id: data.span_context.span_id(),
            parent_id: (parent != SpanId::INVALID).then_some(parent),
            parent_is_remote: data.parent_span_is_remote,
            name: bounded(data.name.clone().into_owned()),
            kind: data.span_kind.clone(),
            service: service.to_owned(),
            start: nanos(data.start_time),
            end: nanos(data.end_time),
            status: match &data.status {
                SdkStatus::Unset => Status::Unset,
                SdkStatus::Ok => Status::Ok,
                SdkStatus::Error { description } => {
                    Status::Error(bounded(description.clone().into_owned()))
                }
            },
            attributes: attributes(&data.attributes),
            errors: data.events.iter().filter_map(error_event).collect(),
        }
    }
}

/// `service.name` of a resource, or nothing.
pub(super) fn service_name(resource: &Resource) -> String {
    resource
        .get(&Key::from_static_str(SERVICE_NAME))
        .map_or_else(String::new, |name| bounded(name.to_string()))
}

pub(super) fn attributes<'a>(
    attributes: impl IntoIterator<Item = &'a KeyValue>,
) -> Vec<(String, String)> {
    attributes
        .into_iter()
        .map(|pair| {
            let key = bounded(pair.key.to_string());
            (key, bounded(pair.value.to_string()))
        })
        .collect()
}

fn error_event(event: &Event) -> Option<ErrorEvent> {
    let text = |key: &str| {
        let found = event
            .attributes
            .iter()
            .find(|pair| pair.key.as_str() == key);
        found.map_or_else(String::new, |pair| bounded(pair.value.to_string()))
    };
    (event.name == "exception").then(|| ErrorEvent {
        kind: text(EXCEPTION_TYPE),
        message: text(EXCEPTION_MESSAGE),
    })
}

fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
