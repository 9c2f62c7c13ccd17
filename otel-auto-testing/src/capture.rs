//! Telemetry captured for one test, without globals: tests run in parallel.

use std::{fmt, future::Future};

use opentelemetry::{
    Context,
    trace::{FutureExt, TracerProvider as _},
};
use opentelemetry_sdk::{
    Resource,
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{InMemorySpanExporter, Sampler, SdkTracerProvider},
};
use otel_auto_core::{Providers, Sampling, Settings, propagation::Propagation};

use crate::{MetricPoint, SpanView, metrics, tree};

/// The spans and metrics of one test.
///
/// What runs inside of [`scope`](Self::scope) or [`in_scope`](Self::in_scope), and layers that were given
/// [`providers`](Self::providers), is captured here and nowhere else.
///
/// ```
/// use otel_auto_testing::Capture;
/// use otel_auto_core::opentelemetry::trace::{Tracer, TracerProvider};
///
/// let capture = Capture::new();
/// capture.tracer("example").in_span("work", |_| ());
/// assert_eq!(capture.tree(), "work internal\n");
/// ```
pub struct Capture {
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    tracer_provider: SdkTracerProvider,
    meter_provider: SdkMeterProvider,
    providers: Providers,
}

impl Capture {
    /// Everything is sampled, W3C trace context is propagated, all settings are at their defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts with the defaults of [`new`](Self::new).
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder {
            sampler: Sampler::AlwaysOn,
            sampling: Sampling::Ask,
            propagation: Propagation::trace_context(),
            settings: Settings::default(),
        }
    }

    /// The providers, for layers and wrappers that take some.
    #[must_use]
    pub fn providers(&self) -> Providers {
        self.providers.clone()
    }

    /// The current context with this capture in it.
    #[must_use]
    pub fn context(&self) -> Context {
        self.providers.scoped(&Context::current())
    }

    /// Runs a future inside of the capture.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.with_context(self.context())
    }

    /// Runs a closure inside of the capture.
    pub fn in_scope<T>(&self, inside: impl FnOnce() -> T) -> T {
        let _guard = self.context().attach();
        inside()
    }

    /// A tracer of the test's own, for spans around what is tested.
    #[must_use]
    pub fn tracer(&self, name: &'static str) -> opentelemetry_sdk::trace::SdkTracer {
        self.tracer_provider.tracer(name)
    }

    /// The SDK's tracer provider behind the capture.
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.tracer_provider
    }

    /// The SDK's meter provider behind the capture.
    #[must_use]
    pub fn meter_provider(&self) -> &SdkMeterProvider {
        &self.meter_provider
    }

    /// The spans that have ended so far, in the order of their ends.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanView> {
        let finished = self.spans.get_finished_spans().unwrap_or_default();
        finished.into_iter().map(SpanView::from).collect()
    }

    /// The one ended span of this name.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub fn span(&self, name: &str) -> SpanView {
        let mut found: Vec<_> = self
            .spans()
            .into_iter()
            .filter(|span| span.name == name)
            .collect();
        match (found.pop(), found.len()) {
            (Some(span), 0) => span,
            (_, more) => panic!(
                "{} spans named {name:?}, not one, in:\n{}",
                more + 1,
                self.tree()
            ),
        }
    }

    /// The ended spans as an indented tree: name, kind, `error` or `ok`, children in the order of their starts.
    #[must_use]
    pub fn tree(&self) -> String {
        tree::render(&self.spans(), &[])
    }

    /// The same, with those of the given attributes that a span has.
    #[must_use]
    pub fn tree_with(&self, keys: &[&str]) -> String {
        tree::render(&self.spans(), keys)
    }

    /// All metric points, as they stand now, sorted by name and attributes.
    #[must_use]
    pub fn metrics(&self) -> Vec<MetricPoint> {
        self.metrics.reset();
        let _ = self.meter_provider.force_flush();
        metrics::points(&self.metrics.get_finished_metrics().unwrap_or_default())
    }

    /// The points of one metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Vec<MetricPoint> {
        self.metrics()
            .into_iter()
            .filter(|point| point.name == name)
            .collect()
    }

    /// Forgets the spans captured so far.
    pub fn clear_spans(&self) {
        self.spans.reset();
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

/// Builds a [`Capture`].
#[derive(Debug)]
#[must_use]
pub struct CaptureBuilder {
    sampler: Sampler,
    sampling: Sampling,
    propagation: Propagation,
    settings: Settings,
}

impl CaptureBuilder {
    /// Another sampler, and what instrumentations may know of it.
    pub fn sampler(mut self, sampler: Sampler, sampling: Sampling) -> Self {
        self.sampler = sampler;
        self.sampling = sampling;
        self
    }

    /// Other propagators than that of W3C trace context.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = propagation;
        self
    }

    /// Changes settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The capture.
    #[must_use]
    pub fn build(self) -> Capture {
        let Self {
            sampler,
            sampling,
            propagation,
            settings,
        } = self;
        let spans = InMemorySpanExporter::default();
        let metrics = InMemoryMetricExporter::default();
        let resource = Resource::builder_empty().build();
        let tracer_provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .with_sampler(sampler)
            .with_resource(resource.clone())
            .build();
        // Collected when the test asks, not by the clock.
        let reader = PeriodicReader::builder(metrics.clone())
            .with_interval(std::time::Duration::from_secs(3_600))
            .build();
        let meter_provider = SdkMeterProvider::builder()
            .with_reader(reader)
            .with_resource(resource)
            .build();
        let providers = Providers::builder()
            .tracer_provider(tracer_provider.clone())
            .meter_provider(meter_provider.clone())
            .sampling(sampling)
            .propagation(propagation)
            .settings(settings)
            .build();
        Capture {
            spans,
            metrics,
            tracer_provider,
            meter_provider,
            providers,
        }
    }
}
