//! Spans are cut when they end, before they wait in a queue: what is cut off takes no memory there.

use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor, TracerProviderBuilder},
};

use super::value::cut;

/// Adds `processor`, behind a limit if there is one.
pub(crate) fn with_processor(
    builder: TracerProviderBuilder,
    value_length: Option<u32>,
    processor: impl SpanProcessor + 'static,
) -> TracerProviderBuilder {
    match value_length {
        None => builder.with_span_processor(processor),
        Some(most) => builder.with_span_processor(Limited {
            most: most as usize,
            next: processor,
        }),
    }
}

#[derive(Debug)]
struct Limited<P> {
    most: usize,
    next: P,
}

impl<P: SpanProcessor> SpanProcessor for Limited<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        let limit = |attributes: &mut [KeyValue]| {
            for attribute in attributes {
                cut(&mut attribute.value, self.most);
            }
        };
        limit(&mut span.attributes);
        for event in &mut span.events.events {
            limit(&mut event.attributes);
        }
        for link in &mut span.links.links {
            limit(&mut link.attributes);
        }
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
