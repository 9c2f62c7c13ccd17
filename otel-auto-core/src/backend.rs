//! The one file that names `tracing`: spans that user code runs inside of may be made through it.
//!
//! With a `tracing` span around a handler, `tracing::Span::current()` and `.in_current_span()` keep working there.
//! The OpenTelemetry span is the same in both cases, and everything after its start goes through the OpenTelemetry API.

use opentelemetry::{
    Context, ContextGuard, InstrumentationScope, SpanId,
    trace::{SpanBuilder, TraceContextExt},
};

use crate::ambient;

/// Makes a span through another tracing system.
pub trait SpanBridge: Send + Sync {
    /// Starts a span of this scope below `parent`, or gives nothing if that system would not record it as asked; the
    /// span is then made directly, and the builder must be as it was.
    fn start(
        &self,
        scope: InstrumentationScope,
        builder: &mut SpanBuilder,
        parent: &Context,
    ) -> Option<(Context, BridgedSpan)>;
}

/// The other system's span: entered whenever the operation runs.
#[cfg(feature = "tracing")]
#[derive(Debug)]
pub struct BridgedSpan(tracing::Span);

#[cfg(feature = "tracing")]
impl BridgedSpan {
    /// A span of `tracing`.
    #[must_use]
    pub fn new(span: tracing::Span) -> Self {
        Self(span)
    }

    fn enter_span(&self) -> tracing::span::Entered<'_> {
        self.0.enter()
    }
}

#[cfg(feature = "tracing")]
type Entered<'a> = tracing::span::Entered<'a>;

/// The other system's span. There is no other system without the feature `tracing`.
#[cfg(not(feature = "tracing"))]
#[derive(Debug)]
pub enum BridgedSpan {}

#[cfg(not(feature = "tracing"))]
impl BridgedSpan {
    fn enter_span(&self) -> Entered<'_> {
        match *self {}
    }
}

#[cfg(not(feature = "tracing"))]
type Entered<'a> = &'a std::convert::Infallible;

impl BridgedSpan {
    /// Is it a bridged span that is being entered or left? The context is attached then, and need not be by who makes
    /// the spans.
    #[must_use]
    pub fn is_passing() -> bool {
        ambient::is_passing()
    }

    /// Makes it the current span of both systems.
    pub(crate) fn enter(&self, context: &Context) -> BridgeGuard<'_> {
        let attached = context.clone().attach();
        let outer = ambient::set_bridged(context.span().span_context().span_id());
        BridgeGuard {
            entered: Some(ambient::passing(|| self.enter_span())),
            _attached: attached,
            outer,
        }
    }
}

/// While it lives, a bridged span is the current one.
pub(crate) struct BridgeGuard<'a> {
    entered: Option<Entered<'a>>,
    _attached: ContextGuard,
    outer: SpanId,
}

impl Drop for BridgeGuard<'_> {
    fn drop(&mut self) {
        ambient::passing(|| self.entered = None);
        ambient::set_bridged(self.outer);
    }
}
