//! The suite of HTTP clients: spans and metrics (semantic conventions, `http/http-spans.md`, `http/http-metrics.md`).
//!
//! [`run`] has a list of requests sent by [`SendRequest`] to a server of its own, below a span, and holds what is
//! recorded, and the headers that arrive, against the conventions.
//!
//! ```
//! use otel_auto_testing::{Capture, conformance::http_client::{self, ClientRequest, SendRequest}};
//!
//! struct MyClient;
//!
//! impl SendRequest for MyClient {
//!     async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
//!         // Build the library's request from `request`, send it with the instrumentation under test, return the
//!         // status code, or `Err(())` if there is none.
//! #       let _ = request;
//! #       Err(())
//!     }
//! }
//!
//! async fn my_client_conforms() {
//!     http_client::run(&MyClient).await.assert_conforms();
//! }
//! ```

mod case;
mod judge;
mod server;

use std::future::Future;

use otel_auto_core::Settings;

use super::{CaseReport, Report};
use crate::Capture;

/// Sends requests with the instrumentation under test.
pub trait SendRequest {
    /// What the client can do. Cases that need more are left out.
    fn features(&self) -> Features {
        Features::default()
    }

    /// Changes the settings under which requests are recorded.
    fn configure(&self, _settings: &mut Settings) {}

    /// Sends the request and returns the status code of the response, or an error if there is none.
    ///
    /// The body of the response need not be read. The future is polled inside of the capture; it is dropped where the
    /// caller loses interest. The client should use no proxy, and give each connection up after the request.
    ///
    /// # Errors
    ///
    /// No response came.
    #[allow(clippy::result_unit_err)]
    fn send(
        &self,
        capture: &Capture,
        request: ClientRequest,
    ) -> impl Future<Output = Result<u16, ()>>;
}

/// A request to be sent as it is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientRequest {
    /// The method; it may be one that nobody knows.
    pub method: &'static str,
    /// The absolute URL, perhaps with credentials.
    pub url: String,
    /// The template that the caller names for the URL, if any.
    pub template: Option<&'static str>,
    /// Headers to be sent, those of a context among them.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body; none if it is empty.
    pub body: &'static str,
    /// To be sent through two layers of the instrumentation, one inside of the other.
    pub nested: bool,
}

/// What a client can do: everything, by default.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools)]
pub struct Features {
    /// Callers can name a template for the URL.
    pub templates: bool,
    /// The instrumentation can see the address of the other end of the connection.
    pub peer_address: bool,
    /// It can be put around itself: [`ClientRequest::nested`].
    pub nested: bool,
    /// It takes `https` URLs.
    pub tls: bool,
    /// It takes URLs with a user name and a password.
    pub credentials: bool,
    /// Its URLs keep the fragment, which is never sent.
    pub fragments: bool,
    /// Metrics and attributes that are opt-in and that the user asked for.
    pub opted_in: &'static [&'static str],
}

impl Default for Features {
    fn default() -> Self {
        Self {
            templates: true,
            peer_address: true,
            nested: true,
            tls: true,
            credentials: true,
            fragments: true,
            opted_in: &[],
        }
    }
}

/// Has all requests sent, one after the other; about a second. Needs a runtime of tokio, of any flavour.
///
/// # Panics
///
/// If no port can be bound.
pub async fn run(client: &impl SendRequest) -> Report {
    let features = client.features();
    let mut report = Report::default();
    for case in case::all() {
        let mut lacking = case.lacking(features);
        let mut violations = Vec::new();
        if lacking.is_none() {
            match server::Server::start(case.to).await {
                Some(server) => violations = judge::judge(client, &case, &server).await,
                None => lacking = Some("IPv6 on this machine"),
            }
        }
        report.cases.push(CaseReport {
            name: case.name,
            lacking,
            violations,
        });
    }
    report
}
