//! Operations that nothing is recorded of, nor of anything inside of them.

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState},
};

/// In the context of what runs inside of an excluded operation.
struct Marker;

/// Does code in this context run inside of an operation that the settings [exclude](crate::Excluded)?
///
/// Instrumentations record nothing there. A sampler that asks this of a span's parent leaves out the spans of others
/// too.
#[must_use]
pub fn is_excluded(context: &Context) -> bool {
    // Nearly no context holds values: then this is a branch.
    context.get::<Marker>().is_some()
}

/// The context inside of an excluded operation.
///
/// What a server calls is told that the trace is not sampled. What a client calls is told of the current span, as if
/// nobody had looked at the request.
pub(crate) fn inside(parent: &Context, is_server: bool) -> Context {
    if is_server {
        unsampled(parent).with_value(Marker)
    } else {
        parent.with_value(Marker)
    }
}

/// The same trace, or a new one if there is none, not sampled.
pub(crate) fn unsampled(parent: &Context) -> Context {
    let span = parent.span();
    let known = span.span_context();
    let unsampled = if known.is_valid() {
        SpanContext::new(
            known.trace_id(),
            known.span_id(),
            known.trace_flags().with_sampled(false),
            known.is_remote(),
            known.trace_state().clone(),
        )
    } else {
        SpanContext::new(
            TraceId::from_bytes(fastrand::u128(1..).to_be_bytes()),
            SpanId::from_bytes(fastrand::u64(1..).to_be_bytes()),
            TraceFlags::NOT_SAMPLED,
            false,
            TraceState::NONE,
        )
    };
    parent.with_remote_span_context(unsampled)
}
