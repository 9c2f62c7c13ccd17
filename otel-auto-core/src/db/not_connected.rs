//! A connection that could not be had.

use std::time::Duration;

use opentelemetry::{Context, trace::TraceContextExt};

use super::{DbClient, DbRequest};
use crate::{Failure, Instrumenter};

/// Records that a connection could not be had, for which somebody has `waited` until now.
///
/// This is a span of the operation `CONNECT`, whatever the system's own commands are called, with its duration in the
/// metrics. What else is known is the request's: system, namespace and server; how it failed is the failure's:
/// `error.type`, from a closed set.
///
/// It is recorded only inside of another span, which most likely fails of it. A pool that fills itself in the background
/// tries for as long as the server is away, and each try would be a trace of its own. A connection that comes about is
/// no operation: it is in the metrics of its [`Pool`](super::Pool).
///
/// ```
/// use std::time::Instant;
/// use otel_auto_core::{Failure, Instrumenter, db::{self, DbClient, DbRequest}};
/// # let connect = || Err::<(), _>(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
///
/// let instrumenter = Instrumenter::new(DbClient::new("my-driver", "0.1.0", "my-driver"));
/// let started = Instant::now();
/// if connect().is_err() {
///     let request = DbRequest::new("postgresql").server("db.example", 5432);
///     let failure = Failure::new("connection_refused");
///     db::not_connected(&instrumenter, started.elapsed(), request, failure);
/// }
/// ```
pub fn not_connected(
    instrumenter: &Instrumenter<DbClient>,
    waited: Duration,
    request: DbRequest<'_>,
    failure: Failure<'_>,
) {
    let parent = Context::current();
    if !parent.span().span_context().is_valid() {
        return;
    }
    if let Some(ready) = instrumenter.ready(&parent) {
        let request = request.operation("CONNECT");
        ready.start_ago(waited, &parent, &request).fail(failure);
    }
}
