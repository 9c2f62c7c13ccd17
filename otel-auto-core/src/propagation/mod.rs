//! Contexts across process boundaries.
//!
//! Carriers are written by strangers: all that is read is bounded in length and number, read once from left to right,
//! and refused rather than guessed at.

use std::sync::Arc;

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
};

mod b3;
mod baggage;
mod current;
mod environment;
mod fields;
#[cfg(feature = "http")]
mod header;
mod hex;
mod items;
mod jaeger;
mod ot_trace;
mod percent;
mod propagator;
pub mod trace_context;
mod trace_state;
mod xray;

pub use current::{extract, inject};
pub use environment::{EnvironmentExtractor, EnvironmentInjector};
pub use fields::{FieldsExtractor, FieldsInjector};
#[cfg(feature = "http")]
pub use header::{HeaderExtractor, HeaderInjector};
pub(crate) use percent::{encode, is_unreserved};
pub use propagator::Propagator;

/// The configured propagators, in their order. Each sees the context of the one before it, and changes nothing of it
/// unless it finds something itself.
///
/// It is a propagator of the OpenTelemetry API, too, to be set as the global one.
///
/// ```
/// use std::collections::HashMap;
/// use otel_auto_core::{opentelemetry::Context, propagation::{Propagation, Propagator}};
///
/// let propagation = Propagation::new([Propagator::TraceContext, Propagator::Baggage, Propagator::B3]);
/// let headers = HashMap::from([("baggage".to_owned(), "tenant=blue".to_owned())]);
/// let context = propagation.extract(&Context::new(), &headers);
///
/// let mut outgoing = HashMap::new();
/// propagation.inject(&context, &mut outgoing);
/// assert_eq!(outgoing, headers);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Propagation {
    steps: Vec<Step>,
    fields: Vec<String>,
}

/// Those that are built in are not behind a pointer: the common ones are called for every request.
#[derive(Debug, Clone)]
enum Step {
    BuiltIn(Propagator),
    Other(Arc<dyn TextMapPropagator + Send + Sync>),
}

impl Propagation {
    /// These propagators in this order, each once.
    #[must_use]
    pub fn new(propagators: impl IntoIterator<Item = Propagator>) -> Self {
        propagators
            .into_iter()
            .fold(Self::none(), |propagation, propagator| {
                propagation.with(propagator)
            })
    }

    /// Nothing is extracted, nothing is injected.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// W3C trace context alone.
    #[must_use]
    pub fn trace_context() -> Self {
        Self::new([Propagator::TraceContext])
    }

    fn with(mut self, propagator: Propagator) -> Self {
        let is_it = |step: &Step| matches!(step, Step::BuiltIn(other) if *other == propagator);
        if !self.steps.iter().any(is_it) {
            self.steps.push(Step::BuiltIn(propagator));
            self.fields
                .extend(propagator.fields().iter().map(|field| (*field).to_owned()));
        }
        self
    }

    /// A propagator that is not built in as well, after those before it.
    #[must_use]
    pub fn and(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.fields.extend(propagator.fields().map(str::to_owned));
        self.steps.push(Step::Other(Arc::new(propagator)));
        self
    }

    /// Is there nothing to extract and nothing to inject?
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.steps.is_empty()
    }

    /// The context of the incoming carrier, on top of `context`.
    #[must_use]
    pub fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let mut extracted: Option<Context> = None;
        for step in &self.steps {
            let context = extracted.as_ref().unwrap_or(context);
            let found = match step {
                Step::BuiltIn(propagator) => propagator.extract(context, carrier),
                Step::Other(propagator) => Some(propagator.extract_with_context(context, carrier)),
            };
            extracted = found.or(extracted);
        }
        extracted.unwrap_or_else(|| context.clone())
    }

    /// Writes the context into the outgoing carrier, in place of what is there.
    pub fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        for step in &self.steps {
            match step {
                Step::BuiltIn(propagator) => propagator.inject(context, carrier),
                Step::Other(propagator) => propagator.inject_context(context, carrier),
            }
        }
    }
}

impl TextMapPropagator for Propagation {
    fn inject_context(&self, context: &Context, carrier: &mut dyn Injector) {
        self.inject(context, carrier);
    }

    fn extract_with_context(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        self.extract(context, carrier)
    }

    /// What is written. Baggage of Jaeger and OpenTracing has fields for each of its keys, which are not named.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}
