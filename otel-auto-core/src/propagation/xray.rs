//! AWS X-Ray: `X-Amzn-Trace-Id: Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled={0 or 1}`.

use opentelemetry::{
    Context, TraceFlags, TraceId,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceContextExt, TraceState},
};

use super::hex;

pub(super) const FIELD: &str = "x-amzn-trace-id";

/// Load balancers and applications add parts of their own.
const MAX_LENGTH: usize = 1_024;

pub(super) fn extract(context: &Context, carrier: &dyn Extractor) -> Option<Context> {
    let span = carrier.get(FIELD).and_then(parse)?;
    Some(context.with_remote_span_context(span))
}

/// A header without `Parent` is a load balancer's: there is no span to be the child of.
fn parse(header: &str) -> Option<SpanContext> {
    if header.len() > MAX_LENGTH {
        return None;
    }
    let (mut trace_id, mut span_id, mut flags) = (None, None, TraceFlags::NOT_SAMPLED);
    for part in header.split(';') {
        match part.trim().split_once('=') {
            Some(("Root", root)) => trace_id = Some(read_root(root)?),
            Some(("Parent", parent)) => span_id = Some(hex::span_id(parent)?),
            Some(("Sampled", "1")) => flags = TraceFlags::SAMPLED,
            // `0`, or `?`: whoever receives it decides.
            Some(("Sampled", _)) => flags = TraceFlags::NOT_SAMPLED,
            _ => {}
        }
    }
    let state = TraceState::NONE;
    Some(SpanContext::new(trace_id?, span_id?, flags, true, state))
}

fn read_root(root: &str) -> Option<TraceId> {
    let (time, rest) = root.strip_prefix("1-")?.split_once('-')?;
    if time.len() != 8 || rest.len() != 24 {
        return None;
    }
    let (time, rest) = (hex::read(time.as_bytes())?, hex::read(rest.as_bytes())?);
    hex::valid_trace_id((time << 96) | rest)
}

pub(super) fn inject(context: &Context, carrier: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    let [a, b, c, d, rest @ ..] = span.trace_id().to_bytes();
    let mut header = String::with_capacity(74);
    header.push_str("Root=1-");
    hex::push(&mut header, &[a, b, c, d]);
    header.push('-');
    hex::push(&mut header, &rest);
    header.push_str(";Parent=");
    hex::push(&mut header, &span.span_id().to_bytes());
    header.push_str(if span.is_sampled() {
        ";Sampled=1"
    } else {
        ";Sampled=0"
    });
    carrier.set(FIELD, header);
}
