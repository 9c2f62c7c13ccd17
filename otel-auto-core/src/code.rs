//! Function spans: `code.function.name` and where the function stands (semantic conventions, `docs/code`).

use std::{
    borrow::Cow,
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use opentelemetry::{Context, InstrumentationScope, baggage::BaggageExt, trace::SpanKind};

use crate::{
    Active, Attributes, Duration, Ending, ExceptionEvent, Instrumentation, Instrumenter, Metrics,
    Operation, Outcome, Providers, Settings, SpanKey, is_excluded, semconv,
};

mod error_type;
mod future;
mod links;
pub mod output;
mod span;
mod stream;
mod value;

pub use error_type::DynError;
pub use future::FunctionFuture;
pub use links::{Linked, links};
pub use span::Span;
pub use stream::{FunctionStream, StreamItem};
pub use value::{AttributeValue, attribute};

/// A recorded function: what is known of it at compile time.
#[derive(Debug)]
#[non_exhaustive]
pub struct Function {
    /// The whole path, as in `shop::cart::Cart::add`. Empty for a span that is of no function.
    pub path: &'static str,
    /// The span's name, by default the function's own.
    pub name: &'static str,
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// The span's kind.
    pub kind: SpanKind,
    /// Does each call start a trace of its own?
    pub root: bool,
    /// Are there metrics?
    pub measured: bool,
    muted: AtomicU64,
}

static FUNCTIONS: LazyLock<Instrumenter<Code>> =
    LazyLock::new(|| Instrumenter::new(Code { measured: false }));
static MEASURED: LazyLock<Instrumenter<Code>> =
    LazyLock::new(|| Instrumenter::new(Code { measured: true }));

impl Function {
    /// A function whose calls are spans below the current one, and nothing else.
    #[must_use]
    pub const fn new(
        path: &'static str,
        name: &'static str,
        file: &'static str,
        line: u32,
        kind: SpanKind,
    ) -> Self {
        Self {
            path,
            name,
            file,
            line,
            kind,
            root: false,
            measured: false,
            muted: AtomicU64::new(0),
        }
    }

    /// Each call starts a trace of its own.
    #[must_use]
    pub const fn root(mut self) -> Self {
        self.root = true;
        self
    }

    /// Calls are measured: how long they take, and how many are under way.
    #[must_use]
    pub const fn measured(mut self) -> Self {
        self.measured = true;
        self
    }

    /// Starts a call below the current context. `attributes` is called only for spans that are recorded.
    ///
    /// Without telemetry this is a load and a branch. An asynchronous call then runs as a [`FunctionFuture`].
    #[inline]
    pub fn start(&'static self, attributes: &dyn Fn(&mut Attributes)) -> Operation<Code> {
        if Providers::none_exist() {
            Operation::off()
        } else {
            self.begin(attributes)
        }
    }

    fn begin(&'static self, attributes: &dyn Fn(&mut Attributes)) -> Operation<Code> {
        let context = Context::current();
        let functions = if self.measured { &MEASURED } else { &FUNCTIONS };
        let Some(ready) = functions.ready(&context) else {
            return Operation::off();
        };
        if self.is_muted(ready.providers()) {
            return Operation::off();
        }
        let call = Call {
            function: self,
            attributes,
        };
        if self.root && !context.is_telemetry_suppressed() && !is_excluded(&context) {
            ready.start(&without_span(&context), &call)
        } else {
            ready.start(&context, &call)
        }
    }

    /// The paths are searched once per set of providers: the answer is kept beside their id.
    fn is_muted(&self, providers: &Providers) -> bool {
        let muted = &providers.settings().muted_functions;
        if muted.is_empty() {
            return false;
        }
        let (answer, id) = (self.muted.load(Ordering::Relaxed), providers.id());
        if answer >> 1 == id {
            return answer & 1 == 1;
        }
        let is_muted = muted.contain(self.path);
        self.muted
            .store(id << 1 | u64::from(is_muted), Ordering::Relaxed);
        is_muted
    }
}

/// A context for a new trace. An invalid span in its place would be a parent that is not sampled, so what has to go
/// along is carried over by name: providers, baggage and suppression.
#[must_use]
pub fn without_span(context: &Context) -> Context {
    let mut root = Context::new();
    if let Some(providers) = context.get::<Providers>() {
        root = providers.scoped(&root);
    }
    let baggage = context.baggage();
    if !baggage.is_empty() {
        let items = baggage.iter().map(|(key, (value, metadata))| {
            opentelemetry::baggage::KeyValueMetadata::new(
                key.clone(),
                value.clone(),
                metadata.clone(),
            )
        });
        root = root.with_baggage(items);
    }
    if context.is_telemetry_suppressed() {
        root = root.with_telemetry_suppressed();
    }
    root
}

/// One call of a function.
pub struct Call<'a> {
    function: &'static Function,
    attributes: &'a dyn Fn(&mut Attributes),
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// The convention of function spans, and of the metrics of those functions that ask for them.
///
/// A call that gives `Err` or that panics is an error. A call that is dropped is none, since its caller wanted it so;
/// it says `error.type=cancelled`, so that its short duration is not taken for a fast answer.
#[derive(Debug)]
pub struct Code {
    measured: bool,
}

/// From ten microseconds to ten seconds: functions may be short.
const BOUNDARIES: &[f64] = &[
    0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0,
];

impl Instrumentation for Code {
    type Request<'a> = Call<'a>;
    type State = ();

    const KEY: Option<SpanKey> = None;
    const BRIDGED: bool = true;
    const EXCEPTION: Option<ExceptionEvent> = Some(ExceptionEvent::error(ExceptionEvent::PLAIN));

    fn kind(&self, call: &Call<'_>) -> SpanKind {
        call.function.kind.clone()
    }

    fn name(&self) -> &'static str {
        "instrumented"
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        if !self.measured {
            return Metrics::NONE;
        }
        Metrics {
            duration: Some(Duration {
                name: "otel_auto.function.duration",
                description: "Duration of calls of instrumented functions.",
                boundaries: BOUNDARIES,
            }),
            active: Some(Active {
                name: "otel_auto.function.active",
                unit: "{call}",
                description: "Calls of instrumented functions that are under way.",
                keys: &[semconv::CODE_FUNCTION_NAME],
            }),
            ..Metrics::NONE
        }
    }

    fn scope(&self) -> InstrumentationScope {
        semconv::scope("otel-auto-macros", env!("CARGO_PKG_VERSION"))
    }

    fn start(
        &self,
        call: &Call<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, ()) {
        let function = call.function;
        if !function.path.is_empty() {
            attributes.add(semconv::CODE_FUNCTION_NAME, function.path);
        }
        attributes.span_only(semconv::CODE_FILE_PATH, function.file);
        attributes.span_only(semconv::CODE_LINE_NUMBER, i64::from(function.line));
        if attributes.is_recording() {
            (call.attributes)(attributes);
        }
        (function.name.into(), ())
    }

    fn end(
        &self,
        _: &mut (),
        outcome: &Outcome<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        match outcome {
            Outcome::Completed => Ending::default(),
            Outcome::Failed(failure) => {
                attributes.add(semconv::ERROR_TYPE, failure.error_type.clone());
                let description = failure
                    .description
                    .filter(|_| attributes.is_recording())
                    .map(ToString::to_string);
                Ending::error(description)
            }
            Outcome::Cancelled => {
                attributes.add(semconv::ERROR_TYPE, semconv::CANCELLED);
                Ending::default()
            }
            Outcome::Panicked => {
                attributes.add(semconv::ERROR_TYPE, semconv::PANIC);
                Ending::error(None)
            }
        }
    }
}
