//! Our layers in the program's `tracing` subscriber.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterFn, filter_fn},
    fmt,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{bridge, console::Style, diagnostics::say, tracer::LateTracer};

/// Libraries whose own spans and events are noise in a trace, or would tell of the export itself.
const NOISE: [&str; 9] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
];

/// What is of level INFO or above, and of interest. Says so to `tracing` too, which then skips everything below.
fn from_info(is_wanted: fn(&Metadata<'_>) -> bool) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    filter_fn(move |metadata| *metadata.level() <= Level::INFO && is_wanted(metadata))
        .with_max_level_hint(LevelFilter::INFO)
}

/// Did the program make our layer itself?
static LAYERED: AtomicBool = AtomicBool::new(false);

/// Is the subscriber the one from [`install`]?
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whose subscriber hears the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Nobody,
    Us,
    Program { layered: bool },
}

impl Owner {
    pub(crate) fn find() -> Self {
        if INSTALLED.load(Ordering::Relaxed) {
            Self::Us
        } else if tracing::dispatcher::has_been_set() {
            Self::Program {
                layered: LAYERED.load(Ordering::Relaxed),
            }
        } else {
            Self::Nobody
        }
    }
}

fn is_noise(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or("");
    NOISE.contains(&root)
}

/// The layer through which `tracing` spans become OpenTelemetry spans, and sqlx's query events database spans, for a
/// program with a subscriber of its own:
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer())
///     .with(otel_auto::tracing_layer())
///     .init();
/// let _otel = otel_auto::init!();
/// ```
///
/// It may be installed before or after [`init`](fn@crate::init). It has a filter of its own (spans of level INFO and
/// above), so give no other filter to the whole subscriber, but to the layers that print.
#[must_use]
pub fn tracing_layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    LAYERED.store(true, Ordering::Relaxed);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(LateTracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        // Events are log records; as span events they would also turn a request that logs an error into a failed one.
        .with_filter(from_info(|metadata| {
            metadata.is_span() && (metadata.target() == bridge::TARGET || !is_noise(metadata))
        }));
    #[cfg(feature = "sqlx")]
    let spans = spans.and_then(otel_auto_sqlx::QueryEvents::new().filtered());
    spans
}

/// Installs a subscriber, if the program has none.
pub(crate) fn install(logs: Option<&SdkLoggerProvider>) {
    if tracing::dispatcher::has_been_set() {
        if !LAYERED.load(Ordering::Relaxed) {
            say(
                "a tracing subscriber is installed already: add `.with(otel_auto::tracing_layer())` to it, \
                 or its spans stay out of the traces",
            );
        }
        return;
    }
    let printed = EnvFilter::builder()
        .with_default_directive(LevelFilter::ERROR.into())
        .from_env_lossy();
    let printer = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(Style::for_stderr().colour);
    let records = logs.map(|logs| {
        OpenTelemetryTracingBridge::new(logs).with_filter(from_info(|metadata| !is_noise(metadata)))
    });
    let subscriber = Registry::default()
        .with(printer.with_filter(printed))
        .with(records)
        .with(tracing_layer());
    // Another thread may have been quicker.
    INSTALLED.store(subscriber.try_init().is_ok(), Ordering::Relaxed);
}

/// Says it if this build has no query events to make spans of.
pub(crate) fn check_events() {
    #[cfg(feature = "sqlx")]
    if tracing::level_filters::STATIC_MAX_LEVEL < LevelFilter::DEBUG {
        say(
            "sqlx announces queries at DEBUG, which this build leaves out \
             (a feature of `tracing` such as `release_max_level_info`): there will be no database spans",
        );
    }
}
