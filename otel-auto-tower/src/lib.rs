//! HTTP server spans and metrics for axum and any tower service; with the feature `client` also for HTTP clients.
//!
//! ```
//! use axum::{Router, extract::Path, routing::get};
//! use otel_auto_tower::HttpServerLayer;
//!
//! let app: Router = Router::new()
//!     .route("/users/{id}", get(async |Path(id): Path<u64>| format!("user {id}")))
//!     .layer(HttpServerLayer::new());
//! ```
//!
//! The layer may be built before `otel_auto::init()`; without it, it costs a branch.
//!
//! # What it emits
//!
//! | signal | name | when |
//! |---|---|---|
//! | SERVER span | `{method} {route}`, or `{method}` if no route answered | each request |
//! | `http.server.request.duration` | seconds | each request, when it has ended |
//! | `http.server.active_requests` | requests under way | each request |
//!
//! | `http.server.request.body.size` | bytes | if switched on: each request whose size is known |
//! | `http.server.response.body.size` | bytes | if switched on: each response, but for those to `HEAD` |
//!
//! with the attributes of the HTTP conventions. Query values that sign URLs are redacted; headers are recorded only if
//! the settings name them.
//!
//! | attribute | unless switched on | what it is |
//! |---|---|---|
//! | `http.request.header.<name>`, `http.response.header.<name>` | left out | one element for each value, at most 64; at most 64 names; values of credentials are `[REDACTED]` |
//! | `http.request.body.size` | left out | announced, or (with the feature `axum`) read by the handler; bytes |
//! | `http.response.body.size` | left out | bytes of data handed to the server, also of a body that is cut; 0 for 204, 304 and upgrades |
//!
//! A request whose URL is excluded by the settings makes no span and no metric, and neither does anything inside of it;
//! what it calls is told that the trace is not sampled.
//!
//! # When a request starts and ends
//!
//! - It starts when the layer is called, with the context that the request's headers carry as its parent.
//! - It ends with the last byte of the response *body*; at once if there is no body to come, as for `HEAD`, 204, 304,
//!   `CONNECT` and the upgrade to a WebSocket (101, or `CONNECT` over HTTP/2): what then goes over the connection is
//!   no part of it.
//! - A client that goes away drops the response: the span ends then, as an error with `error.type=cancelled`.
//! - A handler that panics: `error.type=panic`. A body that fails: `error.type=body_error`.
//!
//! In all cases the duration is recorded once and the gauge goes back.
//!
//! # Where to put it
//!
//! With axum, as the last `.layer(..)` of the outermost `Router`, so that it sees every route, nested routers and the
//! fallback. Around a whole `Router` (or another service) it works too; the route is then known if a second
//! `HttpServerLayer` inside the router publishes it: that one makes no second span.
//!
//! # Features
//!
//! - `axum`: routes from `MatchedPath`, the peer's address from `ConnectInfo<SocketAddr>`.
//! - `client`: `HttpClientLayer`, the same for HTTP clients.

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "axum")]
mod counted;
mod future;
mod layer;
mod request;
mod service;

#[cfg(feature = "client")]
pub use client::{ClientResponseFuture, HttpClient, HttpClientLayer, count_attempts};
pub use future::ResponseFuture;
pub use layer::HttpServerLayer;
#[cfg(feature = "client")]
pub use otel_auto_core::http::UrlTemplate;
pub use service::HttpServer;

/// The body of a response: ends the request's span when it ends.
pub type ResponseBody<B> = otel_auto_core::OperationBody<B, otel_auto_core::http::HttpServer>;
