//! Spans that user code runs inside of, made through `tracing` where our layer is installed: there
//! `tracing::Span::current()` and `.in_current_span()` then mean this span.

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{SpanBuilder, SpanKind, TraceContextExt},
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
        builder: &mut SpanBuilder,
        parent: &Context,
    ) -> Option<(Context, BridgedSpan)> {
        if !tracing::dispatcher::has_been_set() {
            return None;
        }
        let kind = match builder.span_kind {
            Some(SpanKind::Client) => "client",
            Some(SpanKind::Server) => "server",
            Some(SpanKind::Producer) => "producer",
            Some(SpanKind::Consumer) => "consumer",
            Some(SpanKind::Internal) | None => "internal",
        };
        // The layer takes the current context for the parent's.
        let _parent = parent.clone().attach();
        let span = tracing::info_span!(
            target: TARGET,
            "operation",
            otel.name = &*builder.name,
            otel.kind = kind,
        );
        if span.is_disabled() {
            return None;
        }
        let (context, is_prepared) = LateTracer::prepared(scope, builder, || span.context());
        let started = context.span();
        // There is no layer, a filter on it alone hides the span from it, or it is out of reach (`reload::Layer`) and
        // would make a root of it.
        if !started.span_context().is_valid() {
            LateTracer::without(|| drop(span));
            return None;
        }
        if !is_prepared {
            // A layer of the program's own, with another tracer, which has only seen the fields.
            started.set_attributes(builder.attributes.take().unwrap_or_default());
            for link in builder.links.take().unwrap_or_default() {
                started.add_link(link.span_context, link.attributes);
            }
        }
        Some((context, BridgedSpan::new(span)))
    }
}
