//! The suite of HTTP servers: spans and metrics (semantic conventions, `http/http-spans.md`, `http/http-metrics.md`).
//!
//! [`run`] sends a list of requests to servers that [`StartServer`] starts, one server for each request, and holds what
//! is recorded against the conventions.
//!
//! # The routes
//!
//! A framework's crate serves these, with the instrumentation under test around all of them. `{x}` is a parameter, in
//! the framework's own syntax; what has to be in `http.route` is then told by [`StartServer::route`].
//!
//! | route | behaviour |
//! |---|---|
//! | `GET /` | 200, any body |
//! | `GET /users/{id}` | 200, any body that is not empty; answers `HEAD` as well |
//! | `POST /echo` | 200, the body that came |
//! | `GET /api/{tenant}/items/{item}` | 200; from a router nested at `/api/{tenant}`, where the framework has such |
//! | `GET /status/{code}` | the status `code`, no body |
//! | any method `/any` | 200 |
//! | `POST /only-post` | 200; the framework's own answer, 404 or 405, for other methods |
//! | `GET /slow` | 200, [`SLOW`] later |
//! | `GET /panic` | the handler panics |
//! | `GET /stream` | 200, then 4 chunks, each [`TICK`] after the one before |
//! | `GET /endless` | 200, then a chunk each [`TICK`], without an end |
//! | `GET /broken` | 200, one chunk, and [`TICK`] later, when it has been sent, the body fails |
//! | `GET /spawns` | 200 at once; starts a task that holds the current `opentelemetry::Context` for [`SLOW`] |
//! | `GET /socket` | 101, a WebSocket that is kept open until the client closes it |
//! | all else | the framework's 404 |
//!
//! A framework without a router ([`Features::routes`]) matches paths by hand; `http.route` must then be left out.
//!
//! # What it takes for granted
//!
//! The metric `http.server.active_requests` is opt-in by the conventions. It is taken as asked for, since it shows
//! requests that never end. What else the user asked for is in [`Features::opted_in`]; make the settings agree with it
//! in [`StartServer::configure`].

mod case;
mod cases;
mod drive;
mod judge;

use std::{future::Future, net::SocketAddr, time::Duration};

use otel_auto_core::Settings;

use super::{CaseReport, Report};
use crate::Capture;

/// The time between two chunks of a body.
pub const TICK: Duration = Duration::from_millis(50);

/// How long `/slow` takes.
pub const SLOW: Duration = Duration::from_millis(800);

/// Starts servers with the instrumentation under test.
pub trait StartServer {
    /// What the framework can do. Cases that need more are left out.
    fn features(&self) -> Features {
        Features::default()
    }

    /// Changes the settings under which requests are recorded.
    fn configure(&self, _settings: &mut Settings) {}

    /// What is in `http.route` for a route of the [list](self), if the framework writes it in another way.
    fn route(&self, route: &'static str) -> &'static str {
        route
    }

    /// Serves the [routes](self) on a free port of 127.0.0.1, recording into the capture, until the runtime ends.
    ///
    /// It is called once for each case.
    fn start(&self, capture: &Capture) -> impl Future<Output = SocketAddr>;
}

/// What a server can do: everything, by default.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools)]
pub struct Features {
    /// It has a router that tells which route matched.
    pub routes: bool,
    /// The instrumentation can see the address of the other end of the connection.
    pub peer_address: bool,
    /// It notices, while the handler waits, that the client has gone, and drops the handler. Where it does not, how such
    /// a request ends is left open.
    pub cancels: bool,
    /// The same for a stream of HTTP/2 that is reset.
    pub cancels_http2: bool,
    /// It speaks HTTP/2 without TLS, by prior knowledge.
    pub http2: bool,
    /// It serves `/socket`.
    pub websocket: bool,
    /// Metrics and attributes that are opt-in and that the user asked for.
    pub opted_in: &'static [&'static str],
}

impl Default for Features {
    fn default() -> Self {
        Self {
            routes: true,
            peer_address: true,
            cancels: true,
            cancels_http2: true,
            http2: true,
            websocket: true,
            opted_in: &[],
        }
    }
}

/// Sends all requests, one after the other; a few seconds. Needs a runtime of tokio, of any flavour.
///
/// # Panics
///
/// If a server cannot be reached.
pub async fn run(server: &impl StartServer) -> Report {
    let features = server.features();
    let mut report = Report::default();
    let mut patience = SLOW * 2;
    for case in cases::all() {
        let lacking = case.lacking(features);
        let violations = if lacking.is_none() {
            judge::judge(server, &case, &mut patience).await
        } else {
            Vec::new()
        };
        report.cases.push(CaseReport {
            name: case.name,
            lacking,
            violations,
        });
    }
    report
}
