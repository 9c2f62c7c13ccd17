//! *How* an operation is recorded.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwapOption;
use opentelemetry::{
    Context,
    propagation::Extractor,
    trace::{SpanBuilder, SpanKind, TraceContextExt},
};

use crate::{
    Attributes, Instrumentation, Operation, Providers, SpanKey, ambient, backend::BridgedSpan,
    bound::Bound, exception::Inside, exclusion, operation::Live, providers::Sampling,
};

/// Starts operations of one kind.
///
/// Cheap to clone. Tracer and instruments are found when the first operation starts and again whenever other
/// providers are installed, so an instrumenter may be made before there are any, in a `static` too.
pub struct Instrumenter<I> {
    shared: Arc<Shared<I>>,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// Under which what is bound to providers is found again.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

struct Shared<I> {
    id: u64,
    instrumentation: Arc<I>,
    own: Option<Providers>,
    bound: ArcSwapOption<Bound>,
}

impl<I: Instrumentation> Instrumenter<I> {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new(instrumentation: I) -> Self {
        Self::with(Arc::new(instrumentation), None)
    }

    /// The same, but with these providers instead of the process's.
    #[must_use]
    pub fn providers(&self, providers: Providers) -> Self {
        Self::with(Arc::clone(&self.shared.instrumentation), Some(providers))
    }

    fn with(instrumentation: Arc<I>, own: Option<Providers>) -> Self {
        let shared = Shared {
            id: next_id(),
            instrumentation,
            own,
            bound: ArcSwapOption::empty(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What the operations are.
    #[must_use]
    pub fn instrumentation(&self) -> &I {
        &self.shared.instrumentation
    }

    /// Is there anything to do for operations in this context? Without providers this costs a load and a branch.
    #[must_use]
    pub fn ready(&self, context: &Context) -> Option<Ready<I>> {
        let bound = self.bound(context)?;
        Some(Ready {
            instrumentation: Arc::clone(&self.shared.instrumentation),
            bound,
        })
    }

    /// Starts an operation below `parent`.
    #[must_use = "dropping an operation ends it as cancelled"]
    pub fn start(&self, parent: &Context, request: &I::Request<'_>) -> Operation<I> {
        match self.ready(parent) {
            Some(ready) => ready.start(parent, request),
            None => Operation::off(),
        }
    }

    fn bound(&self, context: &Context) -> Option<Arc<Bound>> {
        if Providers::none_exist() {
            return None;
        }
        if let Some(scoped) = context.get::<Providers>() {
            return Some(self.bind(scoped));
        }
        let wanted = match &self.shared.own {
            Some(own) => own.id(),
            None => Providers::installed_id(),
        };
        if wanted == 0 {
            return None;
        }
        match self.shared.bound.load_full() {
            Some(bound) if bound.providers.id() == wanted => Some(bound),
            _ => self.rebind(),
        }
    }

    #[cold]
    fn rebind(&self) -> Option<Arc<Bound>> {
        let providers = self.shared.own.clone().or_else(Providers::installed)?;
        let bound = self.bind(&providers);
        self.shared.bound.store(Some(Arc::clone(&bound)));
        Some(bound)
    }

    fn bind(&self, providers: &Providers) -> Arc<Bound> {
        providers.bound(self.shared.id, |providers| {
            Bound::new(self.instrumentation(), providers)
        })
    }
}

impl<I> Clone for Instrumenter<I> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<I> fmt::Debug for Instrumenter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrumenter")
            .field("kind", &std::any::type_name::<I>())
            .finish_non_exhaustive()
    }
}

/// An instrumenter that has found its providers: starts one operation.
pub struct Ready<I> {
    instrumentation: Arc<I>,
    bound: Arc<Bound>,
}

impl<I: Instrumentation> Ready<I> {
    pub(crate) fn providers(&self) -> &Providers {
        &self.bound.providers
    }

    /// The context of an incoming carrier, on top of `context`.
    ///
    /// `context` as it is where the same request has been met before, further out: what it carries is known.
    #[must_use]
    pub fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        if I::KEY.is_some_and(ambient::is_open) || exclusion::is_excluded(context) {
            return context.clone();
        }
        self.bound.providers.propagation().extract(context, carrier)
    }

    /// Starts an operation below `parent`.
    #[must_use = "dropping an operation ends it as cancelled"]
    pub fn start(self, parent: &Context, request: &I::Request<'_>) -> Operation<I> {
        self.start_ago(Duration::ZERO, parent, request)
    }

    /// Starts an operation that began some time ago, for libraries that only tell when it is over.
    #[must_use = "dropping an operation ends it as cancelled"]
    pub fn start_ago(
        self,
        ago: Duration,
        parent: &Context,
        request: &I::Request<'_>,
    ) -> Operation<I> {
        if parent.is_telemetry_suppressed() {
            return Operation::off();
        }
        if exclusion::is_excluded(parent) {
            return Operation::carry(self.in_scope(parent), self.bound);
        }
        if I::KEY.is_some_and(ambient::is_open) {
            self.instrumentation.suppressed(request);
            return Operation::carry(parent.clone(), self.bound);
        }
        if !self.bound.makes_telemetry() {
            return Operation::carry(self.in_scope(parent), self.bound);
        }
        if self
            .instrumentation
            .excluded(request, self.bound.settings())
        {
            return self.exclude(parent, request);
        }
        let decision = Decision::of::<I>(&self.bound, parent);
        let wanted = self.bound.is_measuring()
            || self.bound.exceptions.logs()
            || self.is_bridged(decision, parent);
        if decision != Decision::Record && !wanted {
            return Operation::carry(self.in_scope(&unrecorded(decision, parent)), self.bound);
        }
        let mut attributes =
            Attributes::new(decision == Decision::Record, self.bound.is_measuring());
        let (name, state) =
            self.instrumentation
                .start(request, self.bound.settings(), &mut attributes);
        // Read together, so that the end never comes before the start.
        let clock = ago_from(SystemTime::now(), ago, SystemTime::checked_sub);
        let started = ago_from(Instant::now(), ago, Instant::checked_sub);
        let kind = self.instrumentation.kind(request);
        let (context, bridged) = self.context(decision, parent, name, kind, clock, &mut attributes);
        let counted = self.bound.count_in(&attributes);
        Operation::live(Live {
            counted,
            instrumentation: self.instrumentation,
            bound: self.bound,
            context,
            bridged,
            clock,
            started,
            attributes,
            state,
            route: Mutex::new(None),
            panicked: AtomicBool::new(false),
            inside: Inside::default(),
        })
    }

    /// Nothing is recorded from here on inwards.
    #[cold]
    fn exclude(self, parent: &Context, request: &I::Request<'_>) -> Operation<I> {
        let is_server = I::KEY.is_some_and(SpanKey::is_server);
        let context = self.in_scope(&exclusion::inside(parent, is_server));
        // As for other spans that nobody will see: what is spawned by the bridge's own means belongs to it.
        let bridge = self.bound.providers.bridge();
        let bridged = bridge
            .filter(|_| I::BRIDGED && self.bound.tracer.is_some())
            .and_then(|bridge| {
                let kind = self.instrumentation.kind(request);
                let scope = self.instrumentation.scope();
                let mut builder = SpanBuilder::from_name("excluded").with_kind(kind);
                bridge.start(scope, &mut builder, &context)
            });
        match bridged {
            Some((context, span)) => Operation::carry_bridged(context, self.bound, span),
            None => Operation::carry(context, self.bound),
        }
    }

    fn context(
        &self,
        decision: Decision,
        parent: &Context,
        name: Cow<'static, str>,
        kind: SpanKind,
        clock: SystemTime,
        attributes: &mut Attributes,
    ) -> (Context, Option<BridgedSpan>) {
        let Some(tracer) = &self.bound.tracer else {
            return (self.in_scope(parent), None);
        };
        let mut builder = SpanBuilder {
            span_kind: Some(kind),
            name,
            start_time: Some(clock),
            attributes: Some(std::mem::take(&mut attributes.span)),
            links: (!attributes.links.is_empty()).then(|| std::mem::take(&mut attributes.links)),
            ..SpanBuilder::default()
        };
        let bridged = decision == Decision::Record || self.is_bridged(decision, parent);
        let bridge = self.bound.providers.bridge();
        if let Some(bridge) = bridge.filter(|_| I::BRIDGED && bridged) {
            let scope = self.instrumentation.scope();
            if let Some((context, span)) = bridge.start(scope, &mut builder, parent) {
                attributes
                    .set_recording(attributes.is_recording() && context.span().is_recording());
                return (self.in_scope(&context), Some(span));
            }
        }
        let context = match decision {
            Decision::Record => {
                let context = tracer.start(builder, parent);
                attributes.set_recording(context.span().is_recording());
                context
            }
            Decision::Inherit | Decision::DropRoot => unrecorded(decision, parent),
        };
        (self.in_scope(&context), None)
    }

    /// Is the bridge to know of an operation that is not recorded?
    ///
    /// What is spawned from inside by the bridge's own means belongs to it, and must not start a trace. A function
    /// leaves that to the span around it, if the bridge knows that one.
    fn is_bridged(&self, decision: Decision, parent: &Context) -> bool {
        if !I::BRIDGED || self.bound.tracer.is_none() || self.bound.providers.bridge().is_none() {
            return false;
        }
        if I::KEY.is_some() || decision != Decision::Inherit {
            return true;
        }
        let span = parent.span();
        let parent = span.span_context();
        // Without a parent, no trace that starts here is recorded.
        parent.is_valid() && !ambient::is_bridged(parent.span_id())
    }

    /// Providers that are not the process's go with the context, so that what runs inside uses the same.
    fn in_scope(&self, context: &Context) -> Context {
        let process_wide = self.bound.providers.id() == Providers::installed_id();
        if process_wide || context.get::<Providers>().is_some() {
            context.clone()
        } else {
            self.bound.providers.scoped(context)
        }
    }
}

impl<I> fmt::Debug for Ready<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

/// The context of an operation whose span nobody will see.
fn unrecorded(decision: Decision, parent: &Context) -> Context {
    if decision != Decision::DropRoot {
        // It says all that there is to say.
        return parent.clone();
    }
    exclusion::unsampled(parent)
}

fn ago_from<T: Copy>(now: T, ago: Duration, subtract: impl Fn(&T, Duration) -> Option<T>) -> T {
    if ago.is_zero() {
        return now;
    }
    subtract(&now, ago).unwrap_or(now)
}

/// What is known of the sampler's decision before anything is computed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// It will be recorded, or the sampler has to be asked.
    Record,
    /// Not recorded, like its parent.
    Inherit,
    /// Not recorded, and without a parent whose ids could be passed on.
    DropRoot,
}

impl Decision {
    fn of<I: Instrumentation>(bound: &Bound, parent: &Context) -> Self {
        if bound.tracer.is_none() {
            return Self::Inherit;
        }
        let sampling = bound.providers.sampling();
        if sampling == Sampling::Ask {
            return Self::Record;
        }
        let span = parent.span();
        let parent = span.span_context();
        match (parent.is_valid(), parent.is_sampled(), sampling) {
            (true, false, _) => Self::Inherit,
            // A function sends nothing out that would have to name a trace.
            (false, _, Sampling::ParentBasedOff) if I::KEY.is_none() => Self::Inherit,
            (false, _, Sampling::ParentBasedOff) => Self::DropRoot,
            _ => Self::Record,
        }
    }
}
