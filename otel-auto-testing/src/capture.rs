//! Telemetry captured for one test, without globals: tests run in parallel.

use std::{
    fmt,
    future::Future,
    panic::{RefUnwindSafe, UnwindSafe},
    time::Duration,
};

use opentelemetry::{
    Context,
    trace::{FutureExt, TracerProvider as _},
};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{Sampler, SdkTracerProvider},
};
use otel_auto_core::{
    Providers, ProvidersBuilder, Sampling, Settings, SpanBridge, propagation::Propagation,
};

use crate::{CaptureLayer, LogView, MetricPoint, Points, SpanView, metrics, store::Store, tree};

/// The spans, metrics and log records of one test.
///
/// What runs inside of [`scope`](Self::scope), [`in_scope`](Self::in_scope) or a server with [`layer`](Self::layer), and
/// instrumentations that were given [`providers`](Self::providers), is captured here and nowhere else. A clone is the
/// same capture.
///
/// ```
/// use otel_auto_testing::Capture;
/// use otel_auto_core::opentelemetry::trace::{Tracer, TracerProvider};
///
/// let capture = Capture::new();
/// capture.tracer("example").in_span("work", |_| ());
/// assert_eq!(capture.tree(), "work internal\n");
/// ```
///
/// # Waiting
///
/// A server's span ends when the last of the body is sent, which may be after the client has read it. Assertions take
/// no time where what they look for is there. If it is not, and captured spans are still open, they look again each time
/// one of them ends, for at most 5 seconds ([`CaptureBuilder::patience`]); when none is open they fail at once.
///
/// That blocks the thread. In a runtime that has no other thread, as that of a plain `#[tokio::test]`, what is
/// waited for cannot end meanwhile: `telemetry.ended().await` first.
#[derive(Clone)]
pub struct Capture {
    store: Store,
    metrics: InMemoryMetricExporter,
    sdk: Sdk,
    providers: Providers,
    pub(crate) patience: Duration,
}

// A test may assert that its code panics. Nothing here is left half-done by that.
impl UnwindSafe for Capture {}
impl RefUnwindSafe for Capture {}

/// The SDK's providers behind the [`Providers`] of a capture, where they are an
/// [extension](Providers::extension): `tracing` layers of a program need the SDK's own types.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sdk {
    /// Of spans.
    pub tracer_provider: SdkTracerProvider,
    /// Of metrics.
    pub meter_provider: SdkMeterProvider,
    /// Of log records.
    pub logger_provider: SdkLoggerProvider,
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
            providers: Providers::builder().propagation(Propagation::trace_context()),
            settings: Settings::default(),
            patience: Duration::from_secs(5),
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
    ///
    /// What already begins when it is called, and not when it is polled, is to be called inside:
    /// `capture.scope(async { client.send().await })`.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.with_context(self.context())
    }

    /// Runs a closure inside of the capture.
    pub fn in_scope<T>(&self, inside: impl FnOnce() -> T) -> T {
        let _guard = self.context().attach();
        inside()
    }

    /// Runs each request of a server inside of the capture: put it around the router, outside of what is tested.
    ///
    /// Servers serve in tasks of their own, which know nothing of the test that they are spawned from.
    ///
    /// ```
    /// # use otel_auto_testing::Capture;
    /// # let router = tower_layer::Identity::new();
    /// use tower_layer::Layer;
    ///
    /// let capture = Capture::new();
    /// let router = capture.layer().layer(router);     // with axum: `router.layer(capture.layer())`
    /// # let _ = router;
    /// ```
    #[must_use]
    pub fn layer(&self) -> CaptureLayer {
        CaptureLayer(self.clone())
    }

    /// A tracer of the test's own, for spans around what is tested.
    #[must_use]
    pub fn tracer(&self, name: &'static str) -> opentelemetry_sdk::trace::SdkTracer {
        self.sdk.tracer_provider.tracer(name)
    }

    /// The SDK's tracer provider behind the capture.
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.sdk.tracer_provider
    }

    /// The SDK's meter provider behind the capture.
    #[must_use]
    pub fn meter_provider(&self) -> &SdkMeterProvider {
        &self.sdk.meter_provider
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The SDK's logger provider behind the capture.
    #[must_use]
    pub fn logger_provider(&self) -> &SdkLoggerProvider {
        &self.sdk.logger_provider
    }

    /// The spans that have ended so far, in the order of their ends.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanView> {
        let ended = self.store.seen().ended.clone();
        ended.into_iter().map(SpanView::from).collect()
    }

    /// The names, as they were at the start, of the spans that have not ended yet.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let seen = self.store.seen();
        seen.open.iter().map(|(_, name)| name.clone()).collect()
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
        let _ = self.sdk.meter_provider.force_flush();
        metrics::points(&self.metrics.get_finished_metrics().unwrap_or_default())
    }

    /// The points of one metric; none if there is no such metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Points {
        let mut points = self.metrics();
        points.retain(|point| point.name == name);
        Points(points)
    }

    /// The log records so far.
    #[must_use]
    pub fn logs(&self) -> Vec<LogView> {
        self.store.seen().logs.clone()
    }

    /// Forgets the spans captured so far.
    pub fn clear_spans(&self) {
        self.store.seen().ended.clear();
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
    providers: ProvidersBuilder,
    settings: Settings,
    patience: Duration,
}

impl CaptureBuilder {
    /// Another sampler, and what instrumentations may know of it.
    pub fn sampler(mut self, sampler: Sampler, sampling: Sampling) -> Self {
        self.sampler = sampler;
        self.providers = self.providers.sampling(sampling);
        self
    }

    /// Other propagators than that of W3C trace context.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.providers = self.providers.propagation(propagation);
        self
    }

    /// Changes settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Makes the spans that user code runs inside of.
    pub fn bridge(mut self, bridge: impl SpanBridge + 'static) -> Self {
        self.providers = self.providers.bridge(bridge);
        self
    }

    /// For how long assertions [wait](Capture#waiting) for open spans. 5 seconds by default.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The capture.
    #[must_use]
    pub fn build(self) -> Capture {
        let store = Store::default();
        let metrics = InMemoryMetricExporter::default();
        let resource = Resource::builder_empty().build();
        // Collected when the test asks, not by the clock.
        let reader = PeriodicReader::builder(metrics.clone())
            .with_interval(Duration::from_secs(3_600))
            .build();
        let sdk = Sdk {
            tracer_provider: SdkTracerProvider::builder()
                .with_span_processor(store.clone())
                .with_sampler(self.sampler)
                .with_resource(resource.clone())
                .build(),
            meter_provider: SdkMeterProvider::builder()
                .with_reader(reader)
                .with_resource(resource.clone())
                .build(),
            logger_provider: SdkLoggerProvider::builder()
                .with_log_processor(store.clone())
                .with_resource(resource)
                .build(),
        };
        let providers = self
            .providers
            .tracer_provider(sdk.tracer_provider.clone())
            .meter_provider(sdk.meter_provider.clone())
            .logger_provider(sdk.logger_provider.clone())
            .settings(self.settings)
            .extension(sdk.clone());
        Capture {
            store,
            metrics,
            sdk,
            providers: providers.build(),
            patience: self.patience,
        }
    }
}
