//! Who owns the `tracing` subscriber, and whether a span at INFO gets through it to us.

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{
    Subject,
    check::Check,
    observed::{SPAN, observe},
};
#[cfg(feature = "log")]
use crate::subscriber::logger::Owner as LogOwner;
use crate::{bridge, subscriber::Owner};

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("tracing");
    let owner = Owner::find();
    match owner {
        Owner::Nobody => check.problem(
            "no subscriber is installed: tracing's spans and events go nowhere; let init() install one",
        ),
        Owner::Us => check.good("the subscriber is the one that init() installs"),
        Owner::Program { layered: true } => {
            check.note("the subscriber is the program's, and it made an otel_auto::tracing_layer()");
        }
        Owner::Program { layered: false } => check.problem(
            "the subscriber is the program's, without our layer: add .with(otel_auto::tracing_layer()) to it",
        ),
    }
    check.note(format!(
        "levels: {} now, {STATIC_MAX_LEVEL} compiled in",
        LevelFilter::current()
    ));
    if STATIC_MAX_LEVEL < LevelFilter::INFO {
        check.problem(format!(
            "this build leaves out all above {STATIC_MAX_LEVEL} (a max_level feature of `tracing`): \
             spans at INFO are not in it"
        ));
    }
    #[cfg(feature = "log")]
    match LogOwner::find() {
        LogOwner::Nobody => check.note("no logger of `log` is installed: its records go nowhere"),
        LogOwner::Us => check.good("records of `log` are events of this subscriber"),
        LogOwner::Program { hands_on: true } => {
            check.good("the logger of `log` is the program's, and hands records on to `tracing`");
        }
        LogOwner::Program { hands_on: false } => check.note(
            "the logger of `log` is the program's, and keeps its records: they stay out of the telemetry",
        ),
    }
    let has_traces = subject
        .running
        .as_ref()
        .is_some_and(|of| of.traces.is_some());
    if !has_traces || owner == Owner::Nobody {
        return check;
    }
    let reached = observe(|| {
        let span = tracing::info_span!(
            target: bridge::TARGET,
            parent: None,
            "diagnosis",
            otel.name = SPAN
        );
        // Starts the OpenTelemetry span, if a layer of ours is there.
        let _ = span.context();
    });
    if reached.is_some() {
        check.good("a span at INFO passes its filters, and becomes an OpenTelemetry span");
    } else {
        let filter = std::env::var("RUST_LOG").map(|filter| format!(" (RUST_LOG={filter})"));
        check.problem(format!(
            "a span at INFO does not become an OpenTelemetry span: the layer is missing, or a filter over the \
             whole subscriber{} takes it away; give that filter to the layer that prints instead",
            filter.unwrap_or_default()
        ));
    }
    check
}
