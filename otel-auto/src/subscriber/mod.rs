//! Our layers in the program's `tracing` subscriber.

mod filter;
mod layer;
#[cfg(feature = "log")]
pub(crate) mod logger;
mod printed;
#[cfg(feature = "sqlx")]
mod queries;
mod records;
mod spans;

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Dispatch, Subscriber, dispatcher, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, registry::LookupSpan,
};

use self::layer::Telemetry;
pub use self::printed::TraceIds;
pub(crate) use self::{printed::Keys, records::set_provider};
use crate::{config::subscriber::Tracing, console::Style, diagnostics::say};

/// Did the program make our layer itself?
static LAYERED: AtomicBool = AtomicBool::new(false);

/// Is the subscriber the one from [`install`]?
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// The most verbose level that the subscriber from [`install`] prints.
#[cfg(feature = "log")]
static PRINTED: std::sync::OnceLock<LevelFilter> = std::sync::OnceLock::new();

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

/// The layer through which `tracing` spans become OpenTelemetry spans, events log records, and sqlx's query events
/// database spans, for a program with a subscriber of its own:
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
/// It may be installed before or after [`init`](fn@crate::init). It has filters of its own (`OTEL_RUST_TRACING_FILTER` for
/// spans, `OTEL_RUST_LOGS_LEVEL` for events, INFO and above by default), so give no other filter to the whole subscriber,
/// but to the layers that print: what a filter on the whole subscriber hides, no layer sees.
///
/// Log records wait in a queue of `OTEL_BLRP_MAX_QUEUE_SIZE` (2048). An event never waits: what finds the queue full is
/// dropped, counted (`otel.sdk.processor.log.processed` with `error.type=queue_full`, if
/// `OTEL_RUST_SDK_METRICS_ENABLED=true`) and told on stderr, at most once in a while, and at the exit.
///
/// `tracing-opentelemetry`'s `OpenTelemetrySpanExt` works on these spans, and no second layer of that crate is needed.
#[must_use]
pub fn tracing_layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    LAYERED.store(true, Ordering::Relaxed);
    if std::any::type_name::<S>().contains("tracing_subscriber::fmt::Subscriber") {
        say(
            "tracing_subscriber::fmt().finish() takes no layers with filters, and will panic on otel_auto::tracing_layer(): \
             use registry().with(fmt::layer()) instead",
        );
    }
    Telemetry::new().with_filter(filter::Wanted)
}

/// From now on the layers do as these settings say, also those that exist.
pub(crate) fn configure(settings: &Tracing) {
    filter::set(&settings.spans, &settings.records);
    printed::set_keys(settings.keys.as_ref());
}

/// Installs a subscriber, if the program has none.
pub(crate) fn install() {
    if tracing::dispatcher::has_been_set() {
        if !LAYERED.load(Ordering::Relaxed) {
            say(
                "a tracing subscriber is installed already: add `.with(otel_auto::tracing_layer())` to it, \
                 or its spans stay out of the traces",
            );
        }
        return;
    }
    let style = Style::for_stderr().colour;
    install_with(fmt::layer().with_writer(std::io::stderr).with_ansi(style));
}

/// The same for tests: what is printed goes where a test's output goes.
#[cfg(feature = "testing")]
pub(crate) fn install_for_tests() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        if !tracing::dispatcher::has_been_set() {
            install_with(fmt::layer().with_test_writer().with_ansi(false));
        }
    });
}

fn install_with<W>(
    printer: fmt::Layer<Registry, fmt::format::DefaultFields, fmt::format::Format, W>,
) where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let printed = EnvFilter::builder()
        .with_default_directive(LevelFilter::ERROR.into())
        .from_env_lossy();
    #[cfg(feature = "log")]
    let level = printed.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let printer = printer.map_event_format(TraceIds::new);
    let subscriber = Registry::default()
        .with(printer.with_filter(printed))
        .with(tracing_layer());
    // Another thread may have been quicker. `try_init` would touch the logger of `log`, depending on what other crates
    // have asked of `tracing-subscriber`.
    let installed = dispatcher::set_global_default(Dispatch::new(subscriber));
    INSTALLED.store(installed.is_ok(), Ordering::Relaxed);
    #[cfg(feature = "log")]
    if installed.is_ok() {
        let _ = PRINTED.set(level);
    }
}

/// Says why the program could not install a subscriber of its own, if this is the panic that tells it so.
pub(crate) fn explain(panic: &str) {
    const REFUSED: &str = "a global default trace dispatcher has already been set";
    if INSTALLED.load(Ordering::Relaxed) && panic.contains(REFUSED) {
        say(
            "init() has installed a tracing subscriber, since there was none: install yours before init(), with \
             `.with(otel_auto::tracing_layer())`, or call `otel_auto::builder().without_subscriber().init()`",
        );
    }
    #[cfg(feature = "log")]
    logger::explain(panic);
}

/// Says it if this build has no query events to make spans of.
pub(crate) fn check_events() {
    #[cfg(feature = "sqlx")]
    if tracing::level_filters::STATIC_MAX_LEVEL < LevelFilter::DEBUG {
        say(
            "sqlx announces queries at DEBUG, which this build leaves out \
             (a feature of `tracing` such as `release_max_level_info`): without a wrapped pool there will be no database spans",
        );
    }
}
