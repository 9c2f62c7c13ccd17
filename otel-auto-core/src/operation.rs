//! One running operation.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Instant, SystemTime},
};

use opentelemetry::{
    Context, ContextGuard,
    metrics::UpDownCounter,
    propagation::Injector,
    trace::{Status, TraceContextExt},
};

use crate::{
    Attributes, Failure, Instrumentation, Outcome, Settings,
    ambient::FrameGuard,
    backend::{BridgeGuard, BridgedSpan},
    bound::Bound,
    exception::{self, Exception, Inside, Window},
    series::Handle,
};

/// One running operation: its span, its clock, and its place in the gauge of operations under way.
///
/// It ends exactly once: by [`end`](Self::end), or when it is dropped, which means that it was cancelled, or that it
/// panicked if it unwound while [attached](Self::attach). In each case the duration is recorded and the gauge goes
/// back.
#[must_use = "dropping an operation ends it as cancelled"]
pub struct Operation<I: Instrumentation> {
    mode: Mode<I>,
}

enum Mode<I: Instrumentation> {
    /// Nothing is installed, or telemetry is suppressed here.
    Off,
    /// Left out, but the context still goes on, inwards and outwards.
    ///
    /// The bridged span of one that is excluded is in a box, since there is hardly ever one.
    Carry(Context, Arc<Bound>, Option<Box<BridgedSpan>>),
    // In a box: an operation is moved some ten times, from the layer into the future into the body.
    Live(Box<Live<I>>),
}

pub(crate) struct Live<I: Instrumentation> {
    pub(crate) instrumentation: Arc<I>,
    pub(crate) bound: Arc<Bound>,
    pub(crate) context: Context,
    /// Closed when the operation is dropped, after its end.
    pub(crate) bridged: Option<BridgedSpan>,
    pub(crate) clock: SystemTime,
    pub(crate) started: Instant,
    pub(crate) attributes: Attributes,
    pub(crate) state: I::State,
    /// Published by something inside.
    pub(crate) route: Mutex<Option<&'static str>>,
    pub(crate) panicked: AtomicBool,
    /// The exception that was recorded inside.
    pub(crate) inside: Inside,
    /// Where it was counted as under way.
    pub(crate) counted: Option<Handle<UpDownCounter<i64>>>,
}

impl<I: Instrumentation> Operation<I> {
    /// An operation that records nothing.
    pub fn off() -> Self {
        Self { mode: Mode::Off }
    }

    pub(crate) fn carry(context: Context, bound: Arc<Bound>) -> Self {
        Self {
            mode: Mode::Carry(context, bound, None),
        }
    }

    pub(crate) fn carry_bridged(context: Context, bound: Arc<Bound>, span: BridgedSpan) -> Self {
        Self {
            mode: Mode::Carry(context, bound, Some(Box::new(span))),
        }
    }

    pub(crate) fn live(live: Live<I>) -> Self {
        Self {
            mode: Mode::Live(Box::new(live)),
        }
    }

    /// Will anything be recorded when it ends?
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.mode, Mode::Live(_))
    }

    /// Does code inside of the operation need to run [attached](Self::attach)?
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self.mode, Mode::Off)
    }

    /// Is the span recorded?
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(&self.mode, Mode::Live(live) if live.attributes.is_recording())
    }

    /// Is there anywhere to record what a failure says?
    pub(crate) fn tells_failures(&self) -> bool {
        matches!(&self.mode, Mode::Live(live)
            if live.attributes.is_recording() || live.bound.exceptions.logs())
    }

    /// Has code that ran inside of it panicked?
    pub(crate) fn has_panicked(&self) -> bool {
        matches!(&self.mode, Mode::Live(live) if live.panicked.load(Ordering::Relaxed))
    }

    /// The context of code inside of the operation: the current one if the operation is [off](Self::off).
    #[must_use]
    pub fn context(&self) -> Context {
        match &self.mode {
            Mode::Off => Context::current(),
            Mode::Carry(context, ..) => context.clone(),
            Mode::Live(live) => live.context.clone(),
        }
    }

    /// What is learnt while the operation runs. `None` if nothing will be recorded.
    pub fn state(&mut self) -> Option<&mut I::State> {
        match &mut self.mode {
            Mode::Live(live) => Some(&mut live.state),
            Mode::Off | Mode::Carry(..) => None,
        }
    }

    /// Adds an attribute to the span alone, beyond the convention's.
    pub fn set_attribute(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        if let Mode::Live(live) = &self.mode {
            if live.attributes.is_recording() {
                live.context
                    .span()
                    .set_attribute(opentelemetry::KeyValue::new(key, value));
            }
        }
    }

    /// This many bytes more of the response's body were sent; 0 for one that is empty.
    pub fn response_data(&mut self, bytes: u64) {
        if let Mode::Live(live) = &mut self.mode {
            live.instrumentation.response_data(&mut live.state, bytes);
        }
    }

    /// The span's context and the settings, if the span is recorded.
    pub(crate) fn recorded(&self) -> Option<(&Context, &Settings)> {
        match &self.mode {
            Mode::Live(live) if live.attributes.is_recording() => {
                Some((&live.context, live.bound.settings()))
            }
            _ => None,
        }
    }

    /// Writes the operation's context into an outgoing carrier.
    pub fn inject(&self, carrier: &mut dyn Injector) {
        let (context, bound) = match &self.mode {
            Mode::Off => return,
            Mode::Carry(context, bound, _) => (context, bound),
            Mode::Live(live) => (&live.context, &live.bound),
        };
        bound.providers.propagation().inject(context, carrier);
    }

    /// Makes the operation the current one until the guard is dropped. Never hold the guard across an `.await`.
    #[inline]
    pub fn attach(&self) -> Attached<'_, I> {
        if self.is_off() {
            return Attached::nothing();
        }
        let (context, bridged, inside) = match &self.mode {
            Mode::Off => (None, None, None),
            Mode::Carry(context, _, bridged) => (Some(context), bridged.as_deref(), None),
            Mode::Live(live) => (Some(&live.context), live.bridged.as_ref(), Some(&**live)),
        };
        let inside = inside.map(|live| (live, FrameGuard::open(I::KEY), Window::open()));
        let (entered, context) = match (context, bridged) {
            (Some(context), Some(bridged)) => (Some(bridged.enter(context)), None),
            (context, _) => (None, context.map(|context| context.clone().attach())),
        };
        Attached {
            entered,
            context,
            inside,
            unwinding: std::thread::panicking(),
        }
    }

    /// Runs a closure inside of the operation.
    #[inline]
    pub fn run<T>(&self, inside: impl FnOnce() -> T) -> T {
        if self.is_off() {
            return inside();
        }
        let _attached = self.attach();
        inside()
    }

    /// Ends the operation as completed.
    #[inline]
    pub fn complete(self) {
        if !self.is_off() {
            self.end(&Outcome::Completed);
        }
    }

    /// Ends the operation with an error.
    pub fn fail(self, failure: Failure<'_>) {
        self.end(&Outcome::Failed(failure));
    }

    /// Ends the operation.
    pub fn end(mut self, outcome: &Outcome<'_>) {
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: &Outcome<'_>) {
        if let Mode::Live(mut live) = std::mem::replace(&mut self.mode, Mode::Off) {
            live.finish(outcome);
        }
    }
}

impl<I: Instrumentation> Live<I> {
    // In place: what is boxed is not moved once more.
    fn finish(&mut self, outcome: &Outcome<'_>) {
        let Self {
            instrumentation,
            bound,
            context,
            attributes,
            state,
            ..
        } = self;
        let elapsed = self.started.elapsed();
        let route = self.route.get_mut();
        if let Some(route) = route.unwrap_or_else(PoisonError::into_inner).take() {
            instrumentation.routed(state, route);
        }
        attributes.follow(std::mem::take(context));
        let ending = instrumentation.end(state, outcome, bound.settings(), attributes);
        match outcome {
            Outcome::Completed => exception::completed(),
            Outcome::Failed(failure) => {
                record::<I>(bound, &mut self.inside, attributes, failure);
            }
            // The panic was recorded when it came through; whoever cancels knows.
            Outcome::Cancelled | Outcome::Panicked => {}
        }
        if let Some(duration) = &bound.duration {
            duration.record(&attributes.labels, elapsed.as_secs_f64());
        }
        if bound.measures_sizes() {
            bound.record_sizes(attributes, instrumentation.sizes(state));
        }
        bound.count_out(self.counted.as_ref());
        // Last: whoever sees the span end finds everything recorded.
        if let Some(context) = attributes.context().filter(|_| attributes.is_recording()) {
            let span = context.span();
            if let Some(name) = ending.name {
                span.update_name(name);
            }
            if ending.status != Status::Unset {
                span.set_status(ending.status);
            }
            // Both signals tell the same duration.
            span.end_with_timestamp(self.clock + elapsed);
        }
    }
}

/// Records the error that ends an operation, unless something inside of it has.
#[cold]
fn record<I: Instrumentation>(
    bound: &Bound,
    inside: &mut Inside,
    attributes: &Attributes,
    failure: &Failure<'_>,
) {
    let is_recording = attributes.is_recording();
    let Some((event, context)) = I::EXCEPTION.zip(attributes.context()) else {
        return;
    };
    if !bound.exceptions.wanted(is_recording) {
        return;
    }
    let exception_type = failure.exception_type.as_ref();
    let exception = Exception::new(
        exception_type.unwrap_or(&failure.error_type).clone(),
        failure.told(bound.settings()).map(ToString::to_string),
    );
    if inside.is_new(&exception) {
        bound
            .exceptions
            .record(event, exception, context, is_recording);
    }
}

impl<I: Instrumentation> Live<I> {
    /// Code has panicked that runs inside, and no panic hook has recorded it.
    #[cold]
    fn record_panic(&self) {
        let is_recording = self.attributes.is_recording();
        let exceptions = &self.bound.exceptions;
        if let Some(event) = I::EXCEPTION.filter(|_| exceptions.wanted(is_recording)) {
            let exception = Exception::panic();
            exception.raise();
            exceptions.record(event, exception, &self.context, is_recording);
        }
    }
}

impl<I: Instrumentation> Drop for Operation<I> {
    fn drop(&mut self) {
        if let Mode::Live(live) = &self.mode {
            let outcome = if live.panicked.load(Ordering::Relaxed) {
                Outcome::Panicked
            } else {
                Outcome::Cancelled
            };
            self.finish(&outcome);
        }
    }
}

impl<I: Instrumentation> fmt::Debug for Operation<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("live", &self.is_live())
            .field("recording", &self.is_recording())
            .finish_non_exhaustive()
    }
}

/// While it lives, the operation is the current one on this thread.
#[must_use]
pub struct Attached<'a, I: Instrumentation> {
    // Left in this order: each undoes what was done after the next.
    entered: Option<BridgeGuard<'a>>,
    context: Option<ContextGuard>,
    inside: Option<(&'a Live<I>, FrameGuard, Window)>,
    unwinding: bool,
}

impl<I: Instrumentation> Attached<'_, I> {
    fn nothing() -> Self {
        Self {
            entered: None,
            context: None,
            inside: None,
            unwinding: false,
        }
    }
}

impl<I: Instrumentation> Drop for Attached<'_, I> {
    #[inline]
    fn drop(&mut self) {
        self.entered.take();
        self.context.take();
        let Some((live, frame, window)) = self.inside.take() else {
            return;
        };
        if let Some(route) = frame.close() {
            *live.route.lock().unwrap_or_else(PoisonError::into_inner) = Some(route);
        }
        // Code that unwinds while it runs inside has panicked, even if the operation itself is dropped later, when
        // somebody has caught the panic.
        if !self.unwinding && std::thread::panicking() {
            live.panicked.store(true, Ordering::Relaxed);
            if !window.has_panic() {
                live.record_panic();
            }
        }
        window.close(&live.inside);
    }
}

impl<I: Instrumentation> fmt::Debug for Attached<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").finish_non_exhaustive()
    }
}
