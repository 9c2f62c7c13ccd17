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
//! What is recorded, and of what, is in variables too (`OTEL_RUST_EXCLUDED_URLS=/healthz$`), and in [`settings`] for
//! code.
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
//! With the feature `log`, records of the crate `log` go the same way, with their key-values, unless the program has set
//! a logger of its own. It is not a default: there is one logger in a process, and a program that sets its own after
//! `init()` (`env_logger::init()`) would no longer start.
//!
//! # Tasks, threads, channels
//!
//! Work that is handed over leaves the trace. One word keeps it there:
//!
//! | instead of | write |
//! |---|---|
//! | `tokio::spawn(work())` | [`otel_auto::spawn(work())`](spawn) |
//! | `tokio::task::spawn_blocking(work)` | [`otel_auto::spawn_blocking(work)`](spawn_blocking) |
//! | `std::thread::spawn(work)` | [`otel_auto::spawn_thread(work)`](spawn_thread) |
//! | `set.spawn(work())`, or any other future or stream | [`set.spawn(work().in_trace())`](InTrace::in_trace) |
//! | `pool.execute(work)`, or any other closure | [`pool.execute(in_trace(work))`](in_trace()) |
//! | `sender.send(value)` | [`sender.send(Traced::new(value))`](Traced) |
//! | a protocol without instrumentation | [`inject`] and [`extract`] |
//!
//! clippy finds the ones that were forgotten, by a line in `clippy.toml`:
//!
//! ```toml
//! disallowed-methods = [{ path = "tokio::spawn", reason = "otel_auto::spawn keeps the trace" }]
//! ```
//!
//! # Features
//!
//! - `macros` (default): `#[instrumented]` and `#[otel_auto::main]`.
//! - `tls` (default): `https://` endpoints.
//! - `log`: records of the crate `log` are recorded and printed like events of `tracing`.
//! - `axum`, `tower`: the `tower` module, with or without axum's routes.
//! - `tower-client`: `HttpClientLayer` in the `tower` module, for hyper-util's client and any other tower client.
//! - `actix`: the `actix` module, for actix-web.
//! - `reqwest`, `reqwest-middleware`: the `reqwest` module, for reqwest 0.13 and `reqwest-middleware` 0.5.
//! - `reqwest-012`, `reqwest-012-middleware`: `reqwest::v0_12`, for reqwest 0.12 and `reqwest-middleware` 0.4.
//! - `sqlx`: sqlx's query events become spans and metrics.
//! - `sqlx-postgres`, `sqlx-mysql`, `sqlx-sqlite`: the pool of the `sqlx` module, for sqlx 0.9; `sqlx-08-postgres`,
//!   `sqlx-08-mysql`: that of `sqlx::v0_8`.
//! - `sea-orm`: the errors of sea-orm's calls, which sqlx's events do not tell.
//! - `diesel`: the queries of diesel and diesel-async become spans and metrics.
//! - `redis`, `redis-032`: the `redis` module, for redis 1.x and 0.32; `redis-cluster` for pipelines over blocking cluster
//!   connections; `redis-bb8`, `redis-deadpool`, `redis-032-deadpool`, `redis-r2d2` for pools.
//! - `memcached`, `mongodb`, `tokio-postgres` (with `deadpool-postgres`), `tonic`: the modules of these names.
//! - `testing`: the `testing` module, for tests of a program's own telemetry.

#[macro_use]
mod macros;

pub mod baggage;
mod base64;
mod bridge;
mod builder;
mod config;
mod context;
mod diagnose;
mod diagnostics;
mod exporters;
mod hooks;
mod in_trace;
mod lifecycle;
mod limits;
mod providers;
mod resource;
mod runtime;
mod sampler;
pub mod settings;
pub mod span;
mod spawn;
mod subscriber;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod traced;
mod tracer;

pub use builder::{Builder, Error, builder, init, try_init};
pub use context::environment_context;
pub use diagnose::{Diagnosis, diagnose};
pub use exporters::console;
pub use in_trace::{InTrace, InTraceStream, StreamInTrace, in_trace};
pub use lifecycle::exit;
pub use otel_auto_core::{
    Providers, Settings,
    code::Span,
    metrics::{Counter, Gauge, Histogram, UpDownCounter},
    propagation::{extract, inject},
    publish_route, span,
};
pub use runtime::observe_runtime;
pub use spawn::{spawn, spawn_blocking, spawn_thread};
pub use subscriber::{TraceIds, tracing_layer};
pub use telemetry::Telemetry;
pub use traced::{Sent, Traced};

#[cfg(feature = "actix")]
pub use otel_auto_actix as actix;
#[cfg(feature = "diesel")]
pub use otel_auto_diesel as diesel;
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
#[cfg(feature = "mongodb")]
pub use otel_auto_mongodb as mongodb;
#[cfg(any(feature = "redis", feature = "redis-032"))]
pub use otel_auto_redis as redis;
#[cfg(any(feature = "reqwest", feature = "reqwest-012"))]
pub use otel_auto_reqwest as reqwest;
#[cfg(feature = "sqlx")]
pub use otel_auto_sqlx as sqlx;
#[cfg(feature = "tokio-postgres")]
pub use otel_auto_tokio_postgres as tokio_postgres;
#[cfg(feature = "tonic")]
pub use otel_auto_tonic as tonic;
#[cfg(feature = "tower")]
pub use otel_auto_tower as tower;

/// Carriers for [`inject`] and [`extract`].
pub mod propagation {
    pub use otel_auto_core::propagation::{
        EnvironmentExtractor, EnvironmentInjector, FieldsExtractor, FieldsInjector,
        HeaderExtractor, HeaderInjector,
    };
}

/// The OpenTelemetry API of this version: one version to care about.
pub use opentelemetry;
/// The `tracing` of this version.
pub use tracing;

/// What macros expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use otel_auto_core::{code::*, metrics::Instrument, opentelemetry};
}

/// The examples of the README compile.
#[cfg(all(doctest, feature = "axum", feature = "macros", feature = "testing"))]
#[doc = include_str!("../../README.md")]
struct Readme;
