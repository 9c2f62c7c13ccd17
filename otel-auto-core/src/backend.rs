//! The one file that names `tracing`: spans that user code runs inside of may be made through it.
//!
//! With a `tracing` span around a handler, `tracing::Span::current()` and `.in_current_span()` keep working there.
//! The OpenTelemetry span is the same in both cases, and everything after its start goes through the OpenTelemetry API.

use opentelemetry::{Context, InstrumentationScope, KeyValue, trace::SpanKind};

/// Makes a span through another tracing system.
pub trait SpanBridge: Send + Sync {
    /// Starts a span of this scope with these attributes below `parent`, or gives nothing if that system would not record it as
    /// asked; the span is then made directly, and `attributes` must be as they were.
    fn start(
        &self,
        scope: InstrumentationScope,
        name: &str,
        kind: &SpanKind,
        parent: &Context,
        attributes: &mut Vec<KeyValue>,
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

    pub(crate) fn enter(&self) -> BridgeGuard<'_> {
        self.0.enter()
    }
}

#[cfg(feature = "tracing")]
pub(crate) type BridgeGuard<'a> = tracing::span::Entered<'a>;

/// The other system's span. There is no other system without the feature `tracing`.
#[cfg(not(feature = "tracing"))]
#[derive(Debug)]
pub enum BridgedSpan {}

#[cfg(not(feature = "tracing"))]
impl BridgedSpan {
    pub(crate) fn enter(&self) -> BridgeGuard<'_> {
        match *self {}
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) type BridgeGuard<'a> = &'a std::convert::Infallible;
