//! The conformance kit: captured telemetry held against the semantic conventions.
//!
//! - [`Check`] holds single spans, metric points and exceptions against the registry: required attributes, types, enumerations,
//!   empty values, duplicate and deprecated keys, opt-in things that nobody asked for, units, instruments, buckets, the
//!   scope. It fails on whatever the registry does not have there.
//! - [`http_server`] and [`http_client`] are suites: they send or answer a list of requests for real, over TCP, and know
//!   what each has to lead to: name, kind, status, parent, duration, the attributes that depend on the request, and
//!   that gauges come back to zero.
//! - [`rpc`] is the suite of gRPC: it has calls made, and knows what each has to lead to on both sides.
//! - [`db`] is the suite of databases: a library's test makes its calls on a real server, the suite judges them.
//!
//! A crate that instruments a library runs the suite of its convention in one test, and gives nothing but "start a
//! server" or "send this request":
//!
//! ```
//! use std::net::SocketAddr;
//! use otel_auto_testing::{Capture, conformance::http_server::{self, StartServer}};
//! # mod my_framework {
//! #     use std::net::SocketAddr;
//! #     pub async fn serve(_: otel_auto_core::Providers) -> SocketAddr { ([127, 0, 0, 1], 1).into() }
//! # }
//!
//! struct MyFramework;
//!
//! impl StartServer for MyFramework {
//!     async fn start(&self, capture: &Capture) -> SocketAddr {
//!         // Serves the routes that `http_server` lists, in the background, with the layer under test.
//!         my_framework::serve(capture.providers()).await
//!     }
//! }
//!
//! async fn my_framework_conforms() {
//!     http_server::run(&MyFramework).await.assert_conforms();
//! }
//! ```
//!
//! Every breach is a [`Violation`]: how strong the rule is, the rule, the section of the conventions that has it, and
//! what was found. A suite gives all of them ([`Report`]), never only the first; a suite that runs against other
//! instrumentations prints them side by side (`scripts/peers`).
//!
//! The registry's data are in `registry/semconv.json`. `scripts/registry` writes it from a release of the conventions.

mod check;
pub mod db;
mod exception;
mod http;
pub mod http_client;
pub mod http_server;
mod registry;
mod report;
pub mod rpc;
mod violation;

pub use check::Check;
pub use report::{CaseReport, Report};
pub use violation::{Strength, Violation};
