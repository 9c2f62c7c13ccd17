//! Contexts across process boundaries.

use std::{fmt, sync::Arc};

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};

#[cfg(feature = "http")]
mod header;
pub mod trace_context;

#[cfg(feature = "http")]
pub use header::{HeaderExtractor, HeaderInjector};

/// The configured propagators: W3C trace context on a path of its own that allocates nothing, the others as objects.
#[derive(Clone, Default)]
pub struct Propagation {
    trace_context: bool,
    others: Vec<Arc<dyn TextMapPropagator + Send + Sync>>,
}

impl Propagation {
    /// Nothing is extracted, nothing is injected.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// W3C trace context alone.
    #[must_use]
    pub fn trace_context() -> Self {
        Self {
            trace_context: true,
            others: Vec::new(),
        }
    }

    /// Another propagator as well, after those before it.
    #[must_use]
    pub fn and(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.others.push(Arc::new(propagator));
        self
    }

    /// Is there anything to extract or inject?
    #[must_use]
    pub fn is_none(&self) -> bool {
        !self.trace_context && self.others.is_empty()
    }

    /// The context of the incoming carrier, on top of `context`.
    #[must_use]
    pub fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let mut extracted = match self
            .trace_context
            .then(|| trace_context::extract(carrier))
            .flatten()
        {
            Some(remote) => context.with_remote_span_context(remote),
            None => context.clone(),
        };
        for propagator in &self.others {
            extracted = propagator.extract_with_context(&extracted, carrier);
        }
        extracted
    }

    /// Writes the context into the outgoing carrier, in place of what is there.
    pub fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        if self.trace_context {
            trace_context::inject(context.span().span_context(), carrier);
        }
        for propagator in &self.others {
            propagator.inject_context(context, carrier);
        }
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagation")
            .field("trace_context", &self.trace_context)
            .field("others", &self.others)
            .finish()
    }
}
