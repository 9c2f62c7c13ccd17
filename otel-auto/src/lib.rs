//! OpenTelemetry auto-instrumentation for Rust services.
//!
//! ```no_run
//! use axum::{Router, extract::Path, routing::get};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let _otel = otel_auto::init!();                        // providers, propagators, logs: from OTEL_* variables
//!     let app = Router::new()
//!         .route("/users/{id}", get(user))
//!         .layer(otel_auto::tower::HttpServerLayer::new());  // server spans and metrics
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app).await
//! }
//!
//! #[otel_auto::instrumented]                                 // optional: spans of your own
//! async fn user(Path(id): Path<u64>) -> String {
//!     format!("user {id}")
//! }
//! ```
//!
//! With nothing set, traces, metrics and logs go to `http://localhost:4318` over OTLP. `OTEL_TRACES_EXPORTER=console`
//! draws them in the terminal instead. All variables are in `docs/environment.md`.
//!
//! # Starting
//!
//! [`init!`] never fails and never panics: what cannot be set up is said in one line on stderr, and the program runs
//! on without it. [`try_init`] fails instead, [`builder`] sets in code what the environment does not. Keep the
//! [`Telemetry`] guard until the end of `main`: dropping it sends what is buffered, within two seconds. So do, on Unix,
//! `std::process::exit`, a panic that aborts, and SIGTERM or SIGINT in a program that does not handle them itself.
//!
//! # Nothing arrives?
//!
//! `OTEL_RUST_DIAGNOSE=1` prints what is wrong after the start, [`diagnose`] tells it from code.
//!
//! # `tracing`
//!
//! If the program has no `tracing` subscriber, one is installed: its spans become OpenTelemetry spans, its events
//! become log records, and `RUST_LOG` decides what is printed on stderr (errors, if it is unset), not what is recorded.
//! A program with a subscriber of its own adds [`tracing_layer`] to it.
//!
//! # Tasks
//!
//! A task that is spawned with `tokio::spawn` leaves the trace; [`spawn`] keeps it there, and so does
//! [`.in_trace()`](InTrace::in_trace) any other future that is handed over.
//!
//! # Features
//!
//! - `macros` (default): `#[instrumented]` and `#[otel_auto::main]`.
//! - `tls` (default): `https://` endpoints.
//! - `axum`, `tower`: the `tower` module, with or without axum's routes.
//! - `reqwest`, `reqwest-middleware`: the `reqwest` module.
//! - `sqlx`: sqlx's query events become spans and metrics.
//! - `redis`, `memcached`: the modules of these names.

#[macro_use]
mod macros;

mod base64;
mod bridge;
mod builder;
mod config;
mod context;
mod diagnose;
mod diagnostics;
mod exporters;
mod lifecycle;
mod limits;
mod providers;
mod resource;
mod sampler;
mod spawn;
mod subscriber;
mod telemetry;
mod tracer;

pub use builder::{Builder, Error, builder, init, try_init};
pub use context::environment_context;
pub use diagnose::{Diagnosis, diagnose};
pub use exporters::console;
pub use lifecycle::exit;
pub use otel_auto_core::{Providers, code::Span, publish_route, span};
pub use spawn::{InTrace, spawn};
pub use subscriber::tracing_layer;
pub use telemetry::Telemetry;

#[cfg(feature = "macros")]
pub use otel_auto_macros::instrumented;
/// ```no_run
/// #[otel_auto::main(worker_threads = 2)]
/// async fn main() -> std::io::Result<()> {
///     tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///     Ok(())
/// }
/// ```
#[cfg(feature = "macros")]
pub use otel_auto_macros::main;
#[cfg(feature = "memcached")]
pub use otel_auto_memcached as memcached;
#[cfg(feature = "redis")]
pub use otel_auto_redis as redis;
#[cfg(feature = "reqwest")]
pub use otel_auto_reqwest as reqwest;
#[cfg(feature = "sqlx")]
pub use otel_auto_sqlx as sqlx;
#[cfg(feature = "tower")]
pub use otel_auto_tower as tower;

/// The OpenTelemetry API of this version: one version to care about.
pub use opentelemetry;
/// The `tracing` of this version.
pub use tracing;

/// What macros expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use otel_auto_core::{code::*, opentelemetry};
}

/// The examples of the README compile.
#[cfg(all(doctest, feature = "axum", feature = "macros"))]
#[doc = include_str!("../../README.md")]
struct Readme;
