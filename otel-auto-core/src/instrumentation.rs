//! *What* an operation is: kind, name, attributes, status and metrics.

use std::{borrow::Cow, fmt};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanKind, Status},
};

use crate::{Attributes, ExceptionEvent, Settings, ambient::SpanKey};

/// One kind of operation, described by a semantic convention.
///
/// An implementation knows neither tracers nor meters: it fills in names and attributes, and the
/// [`Instrumenter`](crate::Instrumenter) does the rest. The conventions of this crate implement it once for all
/// libraries; a library's own crate only gives a borrowed view of its call.
pub trait Instrumentation: Send + Sync + 'static {
    /// A borrowed view of what is known when the operation starts.
    type Request<'a>;

    /// What is learnt while the operation runs and is needed at its end.
    type State: Send + 'static;

    /// Operations with the same key never nest: an inner one is left out, and enriches the outer one.
    const KEY: Option<SpanKey>;

    /// May the span be made through `tracing`, so that `tracing::Span::current()` is this span inside?
    ///
    /// Right for spans that user code runs inside of, wasteful for client spans.
    const BRIDGED: bool = false;

    /// What the exceptions of these operations are called. `None` records none.
    const EXCEPTION: Option<ExceptionEvent> = None;

    /// The kind of the span.
    fn kind(&self, request: &Self::Request<'_>) -> SpanKind;

    /// The short name by which this instrumentation is switched off: `tower`, `sqlx`, `redis`…
    fn name(&self) -> &'static str;

    /// The instruments, asked for once per set of providers.
    fn metrics(&self, settings: &Settings) -> Metrics;

    /// Is nothing to be recorded of this request, nor of anything inside of it?
    fn excluded(&self, _request: &Self::Request<'_>, _settings: &Settings) -> bool {
        false
    }

    /// The emitting crate: name, version and the schema of its attributes.
    fn scope(&self) -> InstrumentationScope;

    /// Called before the span exists, so that samplers see the attributes.
    ///
    /// Gives the span's name and the state to keep.
    fn start(
        &self,
        request: &Self::Request<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, Self::State);

    /// Called exactly once, when the operation ends.
    fn end(
        &self,
        state: &mut Self::State,
        outcome: &Outcome<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending;

    /// Called instead of [`start`](Self::start) when an operation with the same key is already open: what this
    /// request knows can still enrich the open one.
    fn suppressed(&self, _request: &Self::Request<'_>) {}

    /// This many bytes more of the response's body were sent. Called with 0 first, and for a body that is empty; never
    /// for a response that has none.
    fn response_data(&self, _state: &mut Self::State, _bytes: u64) {}

    /// The sizes at the end. Asked for only if there are metrics of them.
    fn sizes(&self, _state: &Self::State) -> Sizes {
        Sizes::default()
    }

    /// A route was published by something inside of the operation.
    fn routed(&self, _state: &mut Self::State, _route: &'static str) {}
}

/// How an operation ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// It ran to its end. That may still be an error by the convention, such as a 500.
    Completed,
    /// It ran to its end and gave an error instead of a result.
    Failed(Failure<'a>),
    /// It was dropped before its end.
    Cancelled,
    /// It unwound.
    Panicked,
}

/// The `error.type` of a body that gave an error.
pub const BODY_ERROR: &str = "body_error";

/// The error that an operation gave.
pub struct Failure<'a> {
    /// `error.type`, from a closed set: the name of an error's type or variant, or a status code.
    pub error_type: Cow<'static, str>,
    /// The status code that the peer gave, if any, such as an SQLSTATE.
    pub status_code: Option<Cow<'a, str>>,
    /// The message for the span's status and the exception. Formatted only if one of them is recorded; it must hold no
    /// secrets.
    pub description: Option<&'a dyn fmt::Display>,
    /// The type of the error itself, where `error_type` is another name: `exception.type`.
    pub exception_type: Option<Cow<'static, str>>,
}

impl<'a> Failure<'a> {
    /// A failure of this type, with nothing more known.
    #[must_use]
    pub fn new(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error_type: error_type.into(),
            status_code: None,
            description: None,
            exception_type: None,
        }
    }

    /// Adds the status code that the peer gave.
    #[must_use]
    pub fn status_code(mut self, code: impl Into<Cow<'a, str>>) -> Self {
        self.status_code = Some(code.into());
        self
    }

    /// What may be recorded of the message: what a server says of an error quotes the values that it did not like.
    pub(crate) fn told(&self, settings: &Settings) -> Option<&'a dyn fmt::Display> {
        self.description
            .filter(|_| self.status_code.is_none() || !settings.db.sanitize)
    }

    /// Adds a message for the span's status and the exception.
    #[must_use]
    pub fn description(mut self, description: &'a dyn fmt::Display) -> Self {
        self.description = Some(description);
        self
    }

    /// Adds the type of the error itself. A box of an unknown error says nothing, and is left out.
    #[must_use]
    pub fn of_type<E: ?Sized>(mut self) -> Self {
        let name = std::any::type_name::<E>();
        if !name.starts_with("alloc::boxed::Box<dyn ") {
            self.exception_type = Some(name.into());
        }
        self
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("error_type", &self.error_type)
            .field("status_code", &self.status_code)
            .finish_non_exhaustive()
    }
}

/// What the end of an operation says about its span.
#[derive(Debug, Default)]
pub struct Ending {
    /// The span's status. `Status::Unset` leaves it as it is.
    pub status: Status,
    /// A better name than the one at the start.
    pub name: Option<Cow<'static, str>>,
}

impl Ending {
    /// An error, described where the description says more than the attributes do.
    #[must_use]
    pub fn error(description: Option<String>) -> Self {
        Self {
            status: Status::error(description.unwrap_or_default()),
            name: None,
        }
    }
}

/// The sizes of an operation, in the units of their metrics. What is not known is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Of the request.
    pub request: Option<u64>,
    /// Of the response; of one that was cut, what was sent.
    pub response: Option<u64>,
}

/// The instruments of one kind of operation.
#[derive(Debug, Clone, Copy)]
pub struct Metrics {
    /// A histogram of durations in seconds.
    pub duration: Option<Duration>,
    /// An up-down counter of operations under way.
    pub active: Option<Active>,
    /// A histogram of the sizes of requests.
    pub request_size: Option<Size>,
    /// A histogram of the sizes of responses.
    pub response_size: Option<Size>,
}

impl Metrics {
    /// No metrics at all.
    pub const NONE: Self = Self {
        duration: None,
        active: None,
        request_size: None,
        response_size: None,
    };
}

/// A histogram of durations in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Duration {
    /// The metric's name.
    pub name: &'static str,
    /// What it measures.
    pub description: &'static str,
    /// The bounds of the buckets, in seconds.
    pub boundaries: &'static [f64],
}

/// A histogram of sizes: of bodies in bytes, of results in rows.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// The metric's name.
    pub name: &'static str,
    /// What it measures.
    pub description: &'static str,
    /// The unit, such as `By` or `{row}`.
    pub unit: &'static str,
    /// The bounds of the buckets; the SDK's own if the convention gives none.
    pub boundaries: &'static [f64],
}

/// An up-down counter of operations under way.
#[derive(Debug, Clone, Copy)]
pub struct Active {
    /// The metric's name.
    pub name: &'static str,
    /// The unit, such as `{request}`.
    pub unit: &'static str,
    /// What it counts.
    pub description: &'static str,
    /// The keys of the metric's attributes. One that is not known at the start is left out.
    pub keys: &'static [&'static str],
}
