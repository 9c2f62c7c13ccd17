//! W3C trace context, read and written in place.
//!
//! Of several `traceparent` fields none is believed, as the conformance suite of the recommendation asks for.

use opentelemetry::{
    SpanId, TraceFlags, TraceId,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceState},
};

use super::{hex, trace_state};

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";

/// `00-` 32 digits `-` 16 digits `-` 2 digits.
const LENGTH: usize = 55;

/// Sampled.
const LEVEL_1: u8 = 0b01;

/// Sampled, and random trace id.
const LEVEL_2: u8 = 0b11;

/// The remote span context of the carrier, if it has a valid one.
///
/// Without a valid `traceparent` the `tracestate` is not looked at; a malformed `tracestate` does not harm it.
#[must_use]
pub fn extract(carrier: &dyn Extractor) -> Option<SpanContext> {
    let (trace_id, span_id, flags) = parse(carrier.get(TRACEPARENT)?)?;
    if carrier
        .get_all(TRACEPARENT)
        .is_some_and(|all| all.len() > 1)
    {
        return None;
    }
    let state = carrier.get(TRACESTATE).map_or(TraceState::NONE, |first| {
        match carrier.get_all(TRACESTATE) {
            Some(all) => trace_state::parse(&all),
            None => trace_state::parse(&[first]),
        }
    });
    Some(SpanContext::new(trace_id, span_id, flags, true, state))
}

/// Reads a `traceparent` value. Of a version that is not known, the part that is known is read.
#[must_use]
pub fn parse(header: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let bytes = header.trim_matches([' ', '\t']).as_bytes();
    let (known, rest) = bytes.split_at_checked(LENGTH)?;
    let separated = [2, 35, 52].iter().all(|at| known.get(*at) == Some(&b'-'));
    let (ends_well, known_flags) = match hex::read(known.get(..2)?)? {
        0 => (rest.is_empty(), LEVEL_2),
        0xff => (false, 0),
        _ => (matches!(rest.first(), None | Some(b'-')), LEVEL_1),
    };
    if !separated || !ends_well {
        return None;
    }
    let trace_id = hex::valid_trace_id(hex::read(known.get(3..35)?)?)?;
    let span_id = hex::valid_span_id(hex::read(known.get(36..52)?)?)?;
    let flags = u8::try_from(hex::read(known.get(53..55)?)?).ok()?;
    Some((trace_id, span_id, TraceFlags::new(flags & known_flags)))
}

/// Writes `traceparent`, and `tracestate` if there is one.
pub fn inject(span: &SpanContext, carrier: &mut dyn Injector) {
    if !span.is_valid() {
        return;
    }
    carrier.set(TRACEPARENT, format(span));
    if *span.trace_state() != TraceState::NONE {
        if let Some(header) = trace_state::format(span.trace_state()) {
            carrier.set(TRACESTATE, header);
        }
    }
}

fn format(span: &SpanContext) -> String {
    let mut header = String::with_capacity(LENGTH);
    header.push_str("00-");
    hex::push(&mut header, &span.trace_id().to_bytes());
    header.push('-');
    hex::push(&mut header, &span.span_id().to_bytes());
    header.push('-');
    // Other flags must be zero.
    hex::push(&mut header, &[span.trace_flags().to_u8() & LEVEL_2]);
    header
}
