//! A real PostgreSQL: `scripts/services run -- cargo test -p otel-auto-tokio-postgres --all-features`.
#![allow(dead_code)]

use std::future::Future;

use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_testing::{Capture, servers};
use otel_auto_tokio_postgres::{Client, Traced};
use tokio_postgres::{Config, NoTls};

/// The server; nothing where there are no servers.
pub(crate) fn config() -> Option<Config> {
    servers::url("POSTGRES_URL").map(|url| url.parse().unwrap())
}

pub(crate) async fn plain(config: &Config) -> tokio_postgres::Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) async fn connect(config: &Config) -> Client {
    plain(config).await.traced(config)
}

/// Runs below a span named `caller`, with the telemetry captured.
pub(crate) async fn below_a_caller<T>(capture: &Capture, inside: impl Future<Output = T>) -> T {
    let span = capture.tracer("test").start("caller");
    let context = capture.context().with_span(span);
    let output = inside.with_context(context.clone()).await;
    context.span().end();
    output
}
