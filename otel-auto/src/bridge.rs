//! Spans that user code runs inside of, made through `tracing` where our layer is installed: there
//! `tracing::Span::current()` and `.in_current_span()` then mean this span.

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{SpanKind, TraceContextExt},
};
use otel_auto_core::{BridgedSpan, SpanBridge};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::tracer::LateTracer;

/// The target of these spans.
pub(crate) const TARGET: &str = "otel_auto";

pub(crate) struct Bridge;

impl SpanBridge for Bridge {
    fn start(
        &self,
        scope: InstrumentationScope,
        name: &str,
        kind: &SpanKind,
        parent: &Context,
        attributes: &mut Vec<KeyValue>,
    ) -> Option<(Context, BridgedSpan)> {
        let kind = match kind {
            SpanKind::Client => "client",
            SpanKind::Server => "server",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
            SpanKind::Internal => "internal",
        };
        let span =
            tracing::info_span!(target: TARGET, "operation", otel.name = name, otel.kind = kind);
        if span.set_parent(parent.clone()).is_err() {
            // No subscriber, no layer of ours, or filtered. Or there is one, out of reach (`reload::Layer`), that would
            // make a root of it.
            LateTracer::without(|| drop(span));
            return None;
        }
        for attribute in attributes.iter() {
            span.set_attribute(attribute.key.clone(), attribute.value.clone());
        }
        let context = LateTracer::scoped(scope, || span.context());
        // A filter on our layer alone may hide the span from it, although setting the parent went well.
        if !context.span().span_context().is_valid() {
            return None;
        }
        attributes.clear();
        Some((context, BridgedSpan::new(span)))
    }
}
