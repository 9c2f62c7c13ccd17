//! The span that is current: the request's, or that of the innermost function that is recorded.

use std::borrow::Cow;

use opentelemetry::{
    Context, KeyValue, SpanId, TraceId, Value,
    trace::{Status, TraceContextExt},
};

/// Adds an attribute to the current span. Does nothing if there is none, or if it is not recorded.
///
/// ```
/// # let order = 7;
/// otel_auto::span::set_attribute("shop.order.id", order);
/// ```
pub fn set_attribute(key: &'static str, value: impl Into<Value>) {
    Context::map_current(|context| {
        let span = context.span();
        if span.is_recording() {
            span.set_attribute(KeyValue::new(key, value));
        }
    });
}

/// Makes the current span a failed one. A description that holds secrets is exported as it is.
pub fn set_error(description: impl Into<Cow<'static, str>>) {
    Context::map_current(|context| context.span().set_status(Status::error(description)));
}

/// The id of the current trace, for an error page or a log of another kind.
#[must_use]
pub fn trace_id() -> Option<TraceId> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| ids.trace_id())
    })
}

/// The id of the current span.
#[must_use]
pub fn span_id() -> Option<SpanId> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| ids.span_id())
    })
}
