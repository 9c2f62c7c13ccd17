//! Engine and semantic conventions of otel-auto, on the OpenTelemetry API alone.
//!
//! An instrumentation is a borrowed view of a library's call, a handful of one-line accessors, and the place where the
//! call is intercepted. Everything else is here, written once: names, attributes, metrics, status and error rules
//! (`conventions`), and the life of an operation (`Instrumenter`, `Operation`), which ends exactly once however the
//! call ends.
//!
//! ```
//! use opentelemetry::Context;
//! use otel_auto_core::{Failure, db::{DbClient, DbRequest}, Instrumenter};
//!
//! let instrumenter = Instrumenter::new(DbClient::new("my-driver", "0.1.0", "my-driver"));
//! let request = DbRequest::new("sqlite").query("SELECT name FROM users WHERE id = 1");
//! let mut operation = instrumenter.start(&Context::current(), &request);
//! let rows = operation.run(|| 1);             // inside, the span is the current one
//! if let Some(state) = operation.state() {
//!     state.returned_rows(rows);
//! }
//! operation.complete();                       // or `fail`; dropped, it was cancelled
//! ```
//!
//! Without [`Providers`] installed an operation costs a load and a branch.
//!
//! # Features
//!
//! - `http`: carriers for `http::HeaderMap`.
//! - `http-body`: response bodies that end an operation.
//! - `tracing`: server and function spans may be made through a `tracing` span.

mod ambient;
mod attributes;
mod backend;
#[cfg(feature = "http-body")]
mod body;
mod bound;
mod captured;
pub mod code;
pub mod db;
mod exception;
mod exclusion;
mod future;
pub mod http;
mod instrumentation;
mod instrumenter;
mod intern;
mod library;
pub mod metrics;
mod operation;
pub mod propagation;
mod providers;
pub mod rpc;
mod semconv;
mod series;
mod settings;
pub mod sql;
mod stream;
mod value;

pub use ambient::{SpanKey, publish_route};
pub use attributes::Attributes;
pub use backend::{BridgedSpan, SpanBridge};
#[cfg(feature = "http-body")]
pub use body::OperationBody;
pub use exception::{ExceptionEvent, ExceptionSignal, Panic};
pub use exclusion::is_excluded;
pub use future::OperationFuture;
pub use instrumentation::{
    Active, BODY_ERROR, Duration, Ending, Failure, Instrumentation, Metrics, Outcome, Size, Sizes,
};
pub use instrumenter::{Instrumenter, Ready};
pub use intern::{intern, intern_route};
pub use operation::{Attached, Operation};
pub use providers::{Providers, ProvidersBuilder, Sampling};
pub use settings::{
    CapturedHeaders, DbSettings, Excluded, FunctionPaths, HttpSettings, Matcher, PeerService,
    RpcSettings, Settings, Switches, UrlTemplate,
};
pub use stream::OperationStream;
pub use value::Bounded;

/// The OpenTelemetry API that all crates of otel-auto share.
pub use opentelemetry;
