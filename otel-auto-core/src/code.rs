//! Function spans: `code.function.name` and where the function stands (semantic conventions, `docs/code`).

use std::{borrow::Cow, fmt, sync::LazyLock};

use opentelemetry::{Context, InstrumentationScope, trace::SpanKind};

use crate::{
    Attributes, Ending, Failure, Instrumentation, Instrumenter, Metrics, Operation, Outcome,
    Providers, Settings, SpanKey, semconv,
};

/// A recorded function: what is known of it at compile time.
#[derive(Debug, Clone)]
pub struct Function {
    /// The whole path, as in `shop::cart::Cart::add`.
    pub path: &'static str,
    /// The span's name, by default the function's own.
    pub name: &'static str,
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// The span's kind.
    pub kind: SpanKind,
}

static FUNCTIONS: LazyLock<Instrumenter<Code>> = LazyLock::new(|| Instrumenter::new(Code(())));

impl Function {
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
        FUNCTIONS.start(
            &Context::current(),
            &Call {
                function: self,
                attributes,
            },
        )
    }
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

/// The convention of function spans. There are no metrics.
///
/// A call that gives `Err` or that panics is an error. A call that is dropped is none, since its caller wanted it so;
/// it says `error.type=cancelled`, so that its short duration is not taken for a fast answer.
#[derive(Debug)]
pub struct Code(());

impl Instrumentation for Code {
    type Request<'a> = Call<'a>;
    type State = ();

    const KEY: Option<SpanKey> = None;
    const BRIDGED: bool = true;

    fn kind(&self, call: &Call<'_>) -> SpanKind {
        call.function.kind.clone()
    }

    fn name(&self) -> &'static str {
        "instrumented"
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        Metrics::NONE
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
        attributes.span_only(semconv::CODE_FUNCTION_NAME, function.path);
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
                attributes.span_only(semconv::ERROR_TYPE, failure.error_type.clone());
                let description = failure
                    .description
                    .filter(|_| attributes.is_recording())
                    .map(ToString::to_string);
                Ending::error(description)
            }
            Outcome::Cancelled => {
                attributes.span_only(semconv::ERROR_TYPE, semconv::CANCELLED);
                Ending::default()
            }
            Outcome::Panicked => {
                attributes.span_only(semconv::ERROR_TYPE, semconv::PANIC);
                Ending::error(None)
            }
        }
    }
}

mod future;
mod value;

pub use future::FunctionFuture;
pub use value::{AttributeValue, attribute};

/// Ends a call by its output: see [`output::Output`].
pub mod output {
    use super::{Code, Failure, Operation, fmt};

    /// Finds the best way to end a call by the type of its output, as `(&&&Output(&output)).end(operation)`.
    ///
    /// Method lookup takes a reference off only where nothing fits: an error that can be displayed comes before any
    /// error, and that before any value.
    #[derive(Debug)]
    pub struct Output<'a, T>(pub &'a T);

    /// For `Result` with an error that can be displayed.
    pub trait DisplayedError {
        /// Ends the call.
        fn end(&self, operation: Operation<Code>);
    }

    impl<T, E: fmt::Display> DisplayedError for &&Output<'_, Result<T, E>> {
        fn end(&self, operation: Operation<Code>) {
            match self.0 {
                Ok(_) => operation.complete(),
                Err(error) => {
                    operation.fail(Failure::new(std::any::type_name::<E>()).description(error));
                }
            }
        }
    }

    /// For `Result` with any error.
    pub trait AnyError {
        /// Ends the call.
        fn end(&self, operation: Operation<Code>);
    }

    impl<T, E> AnyError for &Output<'_, Result<T, E>> {
        fn end(&self, operation: Operation<Code>) {
            match self.0 {
                Ok(_) => operation.complete(),
                Err(_) => operation.fail(Failure::new(std::any::type_name::<E>())),
            }
        }
    }

    /// For every other output.
    pub trait AnyOutput {
        /// Ends the call.
        fn end(&self, operation: Operation<Code>);
    }

    impl<T> AnyOutput for Output<'_, T> {
        fn end(&self, operation: Operation<Code>) {
            operation.complete();
        }
    }
}
