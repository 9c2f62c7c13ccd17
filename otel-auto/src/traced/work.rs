//! The span of work on a value that was sent: as a function's, but named by who receives.

use std::{borrow::Cow, panic::Location, sync::LazyLock};

use opentelemetry::{InstrumentationScope, trace::SpanKind};
use opentelemetry_semantic_conventions::{SCHEMA_URL, attribute};
use otel_auto_core::{
    Attributes, Ending, Instrumentation, Instrumenter, Metrics, Outcome, Settings, SpanKey,
};

pub(super) static INSTRUMENTER: LazyLock<Instrumenter<Work>> =
    LazyLock::new(|| Instrumenter::new(Work));

pub(super) struct Work;

impl Instrumentation for Work {
    type Request<'a> = (&'static str, &'static Location<'static>);
    type State = ();

    const KEY: Option<SpanKey> = None;
    const BRIDGED: bool = true;

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Internal
    }

    /// Switched with the spans of functions.
    fn name(&self) -> &'static str {
        "instrumented"
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        Metrics::NONE
    }

    fn scope(&self) -> InstrumentationScope {
        InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url(SCHEMA_URL)
            .build()
    }

    fn start(
        &self,
        (name, place): &Self::Request<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, ()) {
        attributes.span_only(attribute::CODE_FILE_PATH, place.file());
        attributes.span_only(attribute::CODE_LINE_NUMBER, i64::from(place.line()));
        ((*name).into(), ())
    }

    fn end(
        &self,
        _: &mut (),
        outcome: &Outcome<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        match outcome {
            Outcome::Cancelled => {
                attributes.span_only(attribute::ERROR_TYPE, "cancelled");
                Ending::default()
            }
            Outcome::Panicked => {
                attributes.span_only(attribute::ERROR_TYPE, "panic");
                Ending::error(None)
            }
            _ => Ending::default(),
        }
    }
}
