//! The format of OpenTracing's basic tracers: 64-bit trace ids, and baggage in `ot-baggage-*`.

use opentelemetry::{
    Context, TraceFlags,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceContextExt, TraceState},
};

use super::{
    hex,
    items::{self, Encoding},
};

pub(super) const TRACE_ID: &str = "ot-tracer-traceid";
pub(super) const SPAN_ID: &str = "ot-tracer-spanid";
pub(super) const SAMPLED: &str = "ot-tracer-sampled";
const BAGGAGE: &str = "ot-baggage-";

pub(super) fn extract(context: &Context, carrier: &dyn Extractor) -> Option<Context> {
    let with_parent = read(carrier).map(|span| context.with_remote_span_context(span));
    let parent = with_parent.as_ref().unwrap_or(context);
    items::extract(parent, carrier, BAGGAGE, Encoding::Raw).or(with_parent)
}

fn read(carrier: &dyn Extractor) -> Option<SpanContext> {
    let trace_id = hex::trace_id(carrier.get(TRACE_ID)?.trim())?;
    let span_id = hex::span_id(carrier.get(SPAN_ID)?.trim())?;
    // Some tracers write a bit.
    let flags = match carrier.get(SAMPLED).map(str::trim) {
        Some("true" | "1") => TraceFlags::SAMPLED,
        Some("false" | "0") | None => TraceFlags::NOT_SAMPLED,
        Some(_) => return None,
    };
    let state = TraceState::NONE;
    Some(SpanContext::new(trace_id, span_id, flags, true, state))
}

pub(super) fn inject(context: &Context, carrier: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    let [.., a, b, c, d, e, f, g, h] = span.trace_id().to_bytes();
    let lower = [a, b, c, d, e, f, g, h];
    // Nobody would accept an id of zeros.
    if span.is_valid() && lower != [0; 8] {
        let mut trace_id = String::with_capacity(16);
        hex::push(&mut trace_id, &lower);
        carrier.set(TRACE_ID, trace_id);
        carrier.set(SPAN_ID, span.span_id().to_string());
        carrier.set(SAMPLED, span.is_sampled().to_string());
    }
    items::inject(context, carrier, BAGGAGE, Encoding::Raw);
}
