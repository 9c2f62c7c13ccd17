//! Who makes the spans and metrics: found late, so that layers may be built before `init()`.

use std::{
    any::Any,
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use opentelemetry::{
    Context, InstrumentationScope,
    logs::{Logger, LoggerProvider},
    metrics::MeterProvider,
    trace::{SpanBuilder, TraceContextExt, Tracer, TracerProvider},
};

use crate::{
    Settings,
    backend::SpanBridge,
    exception::{LogException, Logging, Signals},
    propagation::Propagation,
    semconv,
};

/// Starts spans, whatever the tracer's own type is.
pub(crate) trait StartSpan: Send + Sync {
    /// The parent's context with the new span in it.
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Context;
}

struct Start<T>(T);

impl<T> StartSpan for Start<T>
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Context {
        parent.with_span(self.0.build_with_context(builder, parent))
    }
}

type MakeTracer = Box<dyn Fn(InstrumentationScope) -> Box<dyn StartSpan> + Send + Sync>;
type MakeLogger = Box<dyn Fn(InstrumentationScope) -> Box<dyn LogException> + Send + Sync>;

/// What the sampler is known to do, so that spans nobody will see cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Sampling {
    /// Ask it each time.
    #[default]
    Ask,
    /// Parent-based: a span below an unsampled parent is never recorded; a root is asked about.
    ParentBased,
    /// Parent-based, and a root is never recorded.
    ParentBasedOff,
}

/// The providers, propagation and settings that instrumentations work with.
///
/// Cheap to clone. [`install`](Self::install) makes them the process's; a test keeps its own, in a layer
/// or in a [`Context`] (see [`scoped`](Self::scoped)).
#[derive(Clone)]
pub struct Providers(Arc<Inner>);

struct Inner {
    id: u64,
    tracer: Option<MakeTracer>,
    meter: Option<Box<dyn MeterProvider + Send + Sync>>,
    logger: Option<MakeLogger>,
    /// Of panics, which are nobody's in particular.
    panics: Signals,
    sampling: Sampling,
    propagation: Propagation,
    bridge: Option<Arc<dyn SpanBridge>>,
    settings: Settings,
    extension: Option<Box<dyn Any + Send + Sync>>,
    /// What instrumenters have bound to these providers, by the instrumenter's id.
    bound: Mutex<HashMap<u64, Arc<dyn Any + Send + Sync>>>,
    /// The names of the instrumentations that they are of.
    used: Mutex<BTreeSet<String>>,
}

static INSTALLED: ArcSwapOption<Inner> = ArcSwapOption::const_empty();
/// The id of the installed providers, 0 for none.
static INSTALLED_ID: AtomicU64 = AtomicU64::new(0);
/// The same, kept when they are taken away.
static LAST_INSTALLED_ID: AtomicU64 = AtomicU64::new(0);
const FIRST_ID: u64 = 1;
static NEXT_ID: AtomicU64 = AtomicU64::new(FIRST_ID);

impl Providers {
    /// Starts with nothing: no spans, no metrics, no propagation.
    #[must_use]
    pub fn builder() -> ProvidersBuilder {
        ProvidersBuilder::default()
    }

    /// Takes the providers that are set globally in the OpenTelemetry API, with W3C trace context propagation,
    /// for programs that set up an SDK of their own.
    #[must_use]
    pub fn from_global() -> Self {
        Self::builder()
            .tracer_provider(opentelemetry::global::tracer_provider())
            .boxed_meter_provider(Box::new(GlobalMeters))
            .propagation(Propagation::trace_context())
            .build()
    }

    /// Makes these the providers of the process. Layers and wrappers that exist already use them from now on.
    pub fn install(&self) {
        INSTALLED.store(Some(Arc::clone(&self.0)));
        LAST_INSTALLED_ID.store(self.0.id, Ordering::Release);
        INSTALLED_ID.store(self.0.id, Ordering::Release);
        crate::db::providers_installed(self);
    }

    /// Takes the process's providers away: instrumentations cost a branch from now on.
    pub fn uninstall() {
        INSTALLED_ID.store(0, Ordering::Release);
        INSTALLED.store(None);
    }

    /// The providers of the process.
    #[must_use]
    pub fn installed() -> Option<Self> {
        INSTALLED.load_full().map(Self)
    }

    /// The providers that instrumentations use in this context: those [scoped](Self::scoped) to it, else the process's.
    #[must_use]
    pub fn of(context: &Context) -> Option<Self> {
        context.get::<Self>().cloned().or_else(Self::installed)
    }

    /// A context in which these providers are used instead of the process's, by all that runs below it.
    #[must_use]
    pub fn scoped(&self, context: &Context) -> Context {
        context.with_value(self.clone())
    }

    /// The settings that instrumentations obey.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How contexts cross process boundaries.
    #[must_use]
    pub fn propagation(&self) -> &Propagation {
        &self.0.propagation
    }

    /// What [`ProvidersBuilder::extension`] was given, if it is of this type.
    #[must_use]
    pub fn extension<T: 'static>(&self) -> Option<&T> {
        self.0.extension.as_ref()?.downcast_ref()
    }

    /// The names of the instrumentations that have met an operation with these providers: to be diagnosed is what is
    /// built in, and never used.
    #[must_use]
    pub fn used(&self) -> Vec<String> {
        let used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().cloned().collect()
    }

    pub(crate) fn note(&self, instrumentation: &str) {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        if !used.contains(instrumentation) {
            used.insert(instrumentation.to_owned());
        }
    }

    /// Were no providers ever made in this process? This is the one load on the path of a program without telemetry.
    pub(crate) fn none_exist() -> bool {
        NEXT_ID.load(Ordering::Relaxed) == FIRST_ID
    }

    /// The id of those that were the process's last, for what is collected once more when they end.
    pub(crate) fn last_installed_id() -> u64 {
        LAST_INSTALLED_ID.load(Ordering::Relaxed)
    }

    /// 0 for none.
    pub(crate) fn installed_id() -> u64 {
        INSTALLED_ID.load(Ordering::Relaxed)
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }

    pub(crate) fn sampling(&self) -> Sampling {
        self.0.sampling
    }

    pub(crate) fn bridge(&self) -> Option<&dyn SpanBridge> {
        self.0.bridge.as_deref()
    }

    pub(crate) fn tracer(&self, scope: InstrumentationScope) -> Option<Box<dyn StartSpan>> {
        self.0.tracer.as_ref().map(|make| make(scope))
    }

    pub(crate) fn meter(
        &self,
        scope: InstrumentationScope,
    ) -> Option<opentelemetry::metrics::Meter> {
        self.0
            .meter
            .as_ref()
            .map(|provider| provider.meter_with_scope(scope))
    }

    /// Where the exceptions of this scope go.
    pub(crate) fn exceptions(&self, scope: InstrumentationScope) -> Signals {
        let logger = self.0.logger.as_ref().map(|make| make(scope));
        Signals::new(self.0.settings.exceptions, logger)
    }

    pub(crate) fn panics(&self) -> &Signals {
        &self.0.panics
    }

    /// What the instrumenter of this id has bound here, bound now if it has not.
    pub(crate) fn bound<B: Send + Sync + 'static>(
        &self,
        instrumenter: u64,
        bind: impl FnOnce(&Self) -> B,
    ) -> Arc<B> {
        let mut all = self.0.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(bound)) = all
            .get(&instrumenter)
            .map(|bound| Arc::downcast(Arc::clone(bound)))
        {
            return bound;
        }
        let bound = Arc::new(bind(self));
        let erased: Arc<dyn Any + Send + Sync> = Arc::<B>::clone(&bound);
        all.insert(instrumenter, erased);
        bound
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers")
            .field("id", &self.0.id)
            .field("traces", &self.0.tracer.is_some())
            .field("metrics", &self.0.meter.is_some())
            .field("logs", &self.0.logger.is_some())
            .field("sampling", &self.0.sampling)
            .field("propagation", &self.0.propagation)
            .finish_non_exhaustive()
    }
}

struct GlobalMeters;

impl MeterProvider for GlobalMeters {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> opentelemetry::metrics::Meter {
        opentelemetry::global::meter_with_scope(scope)
    }
}

/// Builds [`Providers`].
#[derive(Default)]
pub struct ProvidersBuilder {
    tracer: Option<MakeTracer>,
    meter: Option<Box<dyn MeterProvider + Send + Sync>>,
    logger: Option<MakeLogger>,
    sampling: Sampling,
    propagation: Propagation,
    bridge: Option<Arc<dyn SpanBridge>>,
    settings: Settings,
    extension: Option<Box<dyn Any + Send + Sync>>,
}

impl ProvidersBuilder {
    /// Spans are made by this provider.
    #[must_use]
    pub fn tracer_provider<P>(mut self, provider: P) -> Self
    where
        P: TracerProvider + Send + Sync + 'static,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.tracer = Some(Box::new(move |scope| {
            Box::new(Start(provider.tracer_with_scope(scope)))
        }));
        self
    }

    /// Metrics are made by this provider.
    #[must_use]
    pub fn meter_provider(self, provider: impl MeterProvider + Send + Sync + 'static) -> Self {
        self.boxed_meter_provider(Box::new(provider))
    }

    fn boxed_meter_provider(mut self, provider: Box<dyn MeterProvider + Send + Sync>) -> Self {
        self.meter = Some(provider);
        self
    }

    /// Log records of exceptions are made by this provider. Without one, exceptions are events of spans.
    #[must_use]
    pub fn logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + Sync + 'static,
        P::Logger: Logger + Send + Sync + 'static,
    {
        self.logger = Some(Box::new(move |scope| {
            Box::new(Logging(provider.logger_with_scope(scope)))
        }));
        self
    }

    /// What the sampler of the tracer provider is known to do.
    #[must_use]
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// How contexts cross process boundaries.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = propagation;
        self
    }

    /// Makes the spans that user code runs inside of, where it can.
    #[must_use]
    pub fn bridge(mut self, bridge: impl SpanBridge + 'static) -> Self {
        self.bridge = Some(Arc::new(bridge));
        self
    }

    /// What is switched on.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// A value that goes along with the providers, for whoever knows its type: an SDK's own providers, say.
    #[must_use]
    pub fn extension(mut self, value: impl Any + Send + Sync) -> Self {
        self.extension = Some(Box::new(value));
        self
    }

    /// The providers.
    #[must_use]
    pub fn build(self) -> Providers {
        let Self {
            tracer,
            meter,
            logger,
            sampling,
            propagation,
            bridge,
            settings,
            extension,
        } = self;
        let scope = semconv::scope("otel-auto", env!("CARGO_PKG_VERSION"));
        let panics = Signals::new(settings.exceptions, logger.as_ref().map(|make| make(scope)));
        Providers(Arc::new(Inner {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            tracer,
            meter,
            logger,
            panics,
            sampling,
            propagation,
            bridge,
            settings,
            extension,
            bound: Mutex::default(),
            used: Mutex::default(),
        }))
    }
}

impl fmt::Debug for ProvidersBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvidersBuilder")
            .field("traces", &self.tracer.is_some())
            .field("metrics", &self.meter.is_some())
            .field("logs", &self.logger.is_some())
            .field("sampling", &self.sampling)
            .finish_non_exhaustive()
    }
}
