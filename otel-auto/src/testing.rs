//! Tests of a program's own telemetry: captured per test, asserted by name, without a collector.
//!
//! ```toml
//! [dev-dependencies]
//! otel-auto = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! use otel_auto::{
//!     opentelemetry::KeyValue,
//!     testing::{self, assert_log, assert_metric, assert_span, assert_tree},
//! };
//!
//! // The program: it knows nothing of tests.
//! static ORDERS: otel_auto::Counter = otel_auto::counter!("shop.orders", unit = "{order}");
//!
//! # #[cfg(feature = "macros")]
//! #[otel_auto::instrumented(attributes(order.lines = lines))]
//! async fn order(lines: u32) -> Result<(), String> {
//!     if lines == 0 {
//!         return Err("nothing ordered".to_owned());
//!     }
//!     let span = otel_auto::span!("pay", shop.currency = "JPY");
//!     span.future(async { tracing::info!(lines, "paid") }).await;
//!     ORDERS.add(1, &[KeyValue::new("shop.kind", "book")]);
//!     Ok(())
//! }
//!
//! // A test: with `#[tokio::test]`, any number of them in parallel.
//! # #[cfg(feature = "macros")]
//! # #[tokio::main]
//! # async fn main() {
//! let telemetry = testing::capture();
//! telemetry.scope(order(2)).await.unwrap();
//!
//! assert_tree!(telemetry, "
//!     order internal
//!       pay internal
//! ");
//! assert_span!(telemetry, "pay", parent = "order", attributes = { "shop.currency" => "JPY" });
//! assert_metric!(telemetry, "shop.orders", value = 1.0, attributes = { "shop.kind" => "book" });
//! assert_log!(telemetry, "paid", severity = Info, span = "pay", attributes = { "lines" => 2 });
//!
//! let telemetry = testing::capture();
//! telemetry.scope(order(0)).await.unwrap_err();
//! assert_span!(telemetry, "order", status = Error("nothing ordered"));
//! telemetry.expect_no_span("pay");
//! # }
//! # #[cfg(not(feature = "macros"))]
//! # fn main() {}
//! ```
//!
//! What is not as expected is told with what was captured instead:
//!
//! ```text
//! span "pay" is not as expected:
//!
//!     kind           Internal
//!     status         Unset
//!     parent         "order"
//!   - shop.currency  "EUR"
//!   + shop.currency  "JPY"
//!
//! (- expected, + captured)
//!
//! captured spans:
//!     order internal
//!       pay internal
//! ```
//!
//! # What is captured
//!
//! All that runs inside of [`scope`](Capture::scope) (a future) or [`in_scope`](Capture::in_scope) (a closure), and nothing
//! else: there are no globals to share, so tests need neither `serial_test` nor [`init!`](crate::init!). The instruments of
//! [`counter!`](crate::counter!) and its like, which are statics, record into the capture of the code that uses them.
//!
//! A capture goes where a trace goes: into tasks and threads of [`spawn`](crate::spawn()),
//! [`spawn_blocking`](crate::spawn_blocking), [`in_trace`](crate::in_trace()) and the like. What a plain `tokio::spawn` loses
//! in production is lost to the test as well. Servers serve in tasks of their own, so their routers are wrapped:
//!
//! ```
//! # #[cfg(feature = "axum")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use axum::{Router, routing::get};
//! use otel_auto::{testing, tower::HttpServerLayer};
//!
//! // The program's.
//! fn app() -> Router {
//!     Router::new().route("/users/{id}", get("a user")).layer(HttpServerLayer::new())
//! }
//!
//! let telemetry = testing::capture();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let server = axum::serve(listener, app().layer(telemetry.layer()));
//! # drop(server);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "axum"))]
//! # fn main() {}
//! ```
//!
//! actix-web's middleware, and all that has a method `providers`, takes [`telemetry.providers()`](Capture::providers).
//!
//! # Waiting
//!
//! A server's span ends after the client has its answer. Assertions wait for open spans, and not at all where everything is
//! there: [`Capture`](Capture#waiting). In a plain `#[tokio::test]`, which has one thread, write
//! `telemetry.ended().await` before them, or use `#[tokio::test(flavor = "multi_thread")]`. For work that begins later there is
//! [`telemetry.wait_for_span("mail").await`](Capture::wait_for_span).
//!
//! # `tracing`
//!
//! Spans and events of `tracing` are captured too, INFO and above as in production, by the layer of
//! [`tracing_layer`](crate::tracing_layer). [`capture`] installs a subscriber with it where there is none; it prints what
//! `RUST_LOG` says, errors by default, into the test's output. A test binary with a subscriber of its own installs that before the first
//! capture, with `.with(otel_auto::tracing_layer())`.
//!
//! Instruments and tracers that code gets from `opentelemetry::global` by itself belong to the process, and no
//! capture sees them.

use opentelemetry::{Context, logs::LoggerProvider as _};
use opentelemetry_sdk::logs::SdkLogger;
use otel_auto_core::Providers;
use otel_auto_testing::Sdk;
pub use otel_auto_testing::{
    Capture, CaptureBuilder, CaptureLayer, CaptureService, Expected, ExpectedLog, ExpectedMetric,
    ExpectedSpan, ExpectedStatus, Instrument, LogView, MetricPoint, MetricValue, Points, SpanView,
    absent, any, assert_log, assert_metric, assert_span, assert_tree, containing, matching,
};

use crate::{bridge::Bridge, subscriber};

/// Starts a capture: everything is sampled, and all settings are at their defaults.
#[must_use]
pub fn capture() -> Capture {
    builder().build()
}

/// Starts a capture with other settings, another sampler or other propagators.
///
/// ```
/// let telemetry = otel_auto::testing::builder()
///     .settings(|settings| settings.instrumentations.disable("redis"))
///     .build();
/// # drop(telemetry);
/// ```
pub fn builder() -> CaptureBuilder {
    subscriber::install_for_tests();
    Capture::builder().bridge(Bridge)
}

/// The SDK of the capture that this context is in.
pub(crate) fn captured(context: &Context) -> Option<&Sdk> {
    context.get::<Providers>()?.extension()
}

/// The logger of the capture that this code runs in.
pub(crate) fn logger() -> Option<SdkLogger> {
    Context::map_current(|context| {
        let sdk = captured(context)?;
        Some(sdk.logger_provider.logger("otel-auto"))
    })
}
