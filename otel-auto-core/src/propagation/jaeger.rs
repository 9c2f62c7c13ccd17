//! Jaeger: `uber-trace-id: {trace id}:{span id}:{parent span id}:{flags}`, and baggage in `uberctx-*`.

use opentelemetry::{
    Context, TraceFlags,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceContextExt, TraceState},
};

use super::{
    hex,
    items::{self, Encoding},
    percent,
};

pub(super) const FIELD: &str = "uber-trace-id";
const BAGGAGE: &str = "uberctx-";

/// Longer than any with its colons encoded.
const MAX_LENGTH: usize = 96;

const SAMPLED: u128 = 0b01;
const DEBUG: u128 = 0b10;

pub(super) fn extract(context: &Context, carrier: &dyn Extractor) -> Option<Context> {
    let with_parent = carrier
        .get(FIELD)
        .and_then(parse)
        .map(|span| context.with_remote_span_context(span));
    let parent = with_parent.as_ref().unwrap_or(context);
    items::extract(parent, carrier, BAGGAGE, Encoding::Percent).or(with_parent)
}

fn parse(header: &str) -> Option<SpanContext> {
    if header.len() > MAX_LENGTH {
        return None;
    }
    let decoded = percent::decode(header.trim());
    let mut parts = decoded.split(':');
    // Jaeger's clients leave out leading zeros.
    let mut number = || hex::read(parts.next()?.to_ascii_lowercase().as_bytes());
    let trace_id = hex::valid_trace_id(number()?)?;
    let span_id = hex::valid_span_id(number()?)?;
    let _deprecated_parent = parts.next()?;
    let flags = parts.next().filter(|flags| flags.len() <= 2)?;
    let flags = hex::read(flags.to_ascii_lowercase().as_bytes())?;
    if parts.next().is_some() {
        return None;
    }
    // Debug is of no use without sampled.
    let flags = if flags & (SAMPLED | DEBUG) == 0 {
        TraceFlags::NOT_SAMPLED
    } else {
        TraceFlags::SAMPLED
    };
    let state = TraceState::NONE;
    Some(SpanContext::new(trace_id, span_id, flags, true, state))
}

pub(super) fn inject(context: &Context, carrier: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        let flags = if span.is_sampled() { "01" } else { "00" };
        let header = format!("{}:{}:0:{flags}", span.trace_id(), span.span_id());
        carrier.set(FIELD, header);
    }
    items::inject(context, carrier, BAGGAGE, Encoding::Percent);
}
