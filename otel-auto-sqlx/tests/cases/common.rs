//! Servers, spans and subscribers of the tests.
#![allow(dead_code)]

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_sqlx::QueryEvents;
use otel_auto_testing::{Capture, conformance::Check};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

/// A subscriber as in a program with `RUST_LOG=warn`: what is printed is filtered, our layer is not.
pub(crate) fn subscriber(
    capture: &Capture,
    events: QueryEvents,
) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_test_writer()
                .with_filter(LevelFilter::ERROR),
        )
        .with(events.providers(capture.providers()).filtered())
}

/// Runs a future in a span of the API alone, as below a request that is served without `tracing`.
pub(crate) async fn in_span<F: Future>(capture: &Capture, future: F) -> F::Output {
    let span = capture.tracer("test").start("request");
    let context = Context::new().with_span(span);
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

/// All that was recorded of databases is as the conventions say.
#[track_caller]
pub(crate) fn assert_conforms(capture: &Capture) {
    let check = Check::new().opted_in(&["db.response.returned_rows"]);
    for span in capture.spans() {
        if span.get("db.system.name").is_some() {
            assert_eq!(check.span("db.client", &span), [], "{span:?}");
        }
    }
    assert_eq!(check.metrics(&capture.metrics()), []);
}
