//! B3, in one header or in several.
//!
//! Both forms are read, whichever of them is written; the one header comes first. The parent's span id becomes the
//! parent, never the id of a span of this process, and `X-B3-ParentSpanId` is not written.
//!
//! A flag cannot say *debug*, nor that the decision is deferred: the context remembers it for the trace it came with.

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceContextExt, TraceState},
};

use super::hex;

pub(super) const SINGLE: &str = "b3";
pub(super) const TRACE_ID: &str = "x-b3-traceid";
pub(super) const SPAN_ID: &str = "x-b3-spanid";
pub(super) const SAMPLED: &str = "x-b3-sampled";
pub(super) const FLAGS: &str = "x-b3-flags";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sampling {
    Deny,
    Accept,
    Debug,
    /// Whoever receives it decides.
    Defer,
}

/// What the span context cannot hold, and the trace that it is said of.
#[derive(Debug)]
struct Said {
    trace_id: TraceId,
    sampling: Sampling,
}

type Parent = (TraceId, SpanId, Sampling);

pub(super) fn extract(context: &Context, carrier: &dyn Extractor) -> Option<Context> {
    let single = carrier.get(SINGLE).and_then(parse);
    let (trace_id, span_id, sampling) = single.or_else(|| read_several(carrier))?;
    let flags = match sampling {
        Sampling::Accept | Sampling::Debug => TraceFlags::SAMPLED,
        Sampling::Deny | Sampling::Defer => TraceFlags::NOT_SAMPLED,
    };
    let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    let context = context.with_remote_span_context(span);
    // What was said before of the same trace does not hold any more.
    let remember =
        matches!(sampling, Sampling::Debug | Sampling::Defer) || context.get::<Said>().is_some();
    Some(if remember {
        context.with_value(Said { trace_id, sampling })
    } else {
        context
    })
}

/// `trace-span[-sampling[-parent]]`. A sampling decision alone has no parent in it.
fn parse(header: &str) -> Option<Parent> {
    let mut parts = header.trim_matches([' ', '\t']).splitn(4, '-');
    let trace_id = hex::trace_id(parts.next()?)?;
    let span_id = hex::span_id(parts.next()?)?;
    let sampling = parts.next().map_or(Some(Sampling::Defer), sampling)?;
    // It is not used, but a header that is malformed is malformed.
    parts
        .next()
        .map_or(Some(()), |parent| hex::span_id(parent).map(|_| ()))?;
    Some((trace_id, span_id, sampling))
}

fn read_several(carrier: &dyn Extractor) -> Option<Parent> {
    let trace_id = hex::trace_id(carrier.get(TRACE_ID)?.trim())?;
    let span_id = hex::span_id(carrier.get(SPAN_ID)?.trim())?;
    let sampling = match (carrier.get(FLAGS).map(str::trim), carrier.get(SAMPLED)) {
        (Some("1"), _) => Sampling::Debug,
        // Old tracers write words.
        (_, Some(sampled)) => match sampled.trim() {
            "1" | "true" => Sampling::Accept,
            "0" | "false" => Sampling::Deny,
            _ => return None,
        },
        (_, None) => Sampling::Defer,
    };
    Some((trace_id, span_id, sampling))
}

fn sampling(state: &str) -> Option<Sampling> {
    match state {
        "1" => Some(Sampling::Accept),
        "0" => Some(Sampling::Deny),
        "d" => Some(Sampling::Debug),
        _ => None,
    }
}

/// What to say of the span's trace: a deferred decision is one no more once a span of this process was made.
fn decided(context: &Context, span: &SpanContext) -> Sampling {
    let said = context
        .get::<Said>()
        .filter(|said| said.trace_id == span.trace_id())
        .map(|said| said.sampling);
    match said {
        Some(Sampling::Debug) => Sampling::Debug,
        Some(Sampling::Defer) if span.is_remote() => Sampling::Defer,
        _ if span.is_sampled() => Sampling::Accept,
        _ => Sampling::Deny,
    }
}

pub(super) fn inject_single(context: &Context, carrier: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    let mut header = String::with_capacity(32 + 1 + 16 + 2);
    hex::push(&mut header, &span.trace_id().to_bytes());
    header.push('-');
    hex::push(&mut header, &span.span_id().to_bytes());
    header.push_str(match decided(context, span) {
        Sampling::Deny => "-0",
        Sampling::Accept => "-1",
        Sampling::Debug => "-d",
        Sampling::Defer => "",
    });
    carrier.set(SINGLE, header);
}

pub(super) fn inject_several(context: &Context, carrier: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    carrier.set(TRACE_ID, span.trace_id().to_string());
    carrier.set(SPAN_ID, span.span_id().to_string());
    match decided(context, span) {
        Sampling::Deny => carrier.set(SAMPLED, "0".to_owned()),
        Sampling::Accept => carrier.set(SAMPLED, "1".to_owned()),
        // Debug implies sampled, which is not said again.
        Sampling::Debug => carrier.set(FLAGS, "1".to_owned()),
        Sampling::Defer => {}
    }
}
