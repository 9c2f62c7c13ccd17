//! HTTP server spans and metrics for actix-web.
//!
//! ```
//! use actix_web::{App, web};
//! use otel_auto_actix::HttpServerMiddleware;
//!
//! async fn user(id: web::Path<u64>) -> String {
//!     format!("user {id}")
//! }
//!
//! // Last, so that it is the outermost.
//! let app = || App::new().route("/users/{id}", web::get().to(user)).wrap(HttpServerMiddleware::new());
//! # let _ = app();
//! ```
//!
//! The middleware may be built before `otel_auto::init()`; without it, it costs a branch.
//!
//! # What it emits
//!
//! | signal | name | when |
//! |---|---|---|
//! | SERVER span | `{method} {route}`, or `{method}` if no route answered | each request |
//! | `http.server.request.duration` | seconds | each request, when it has ended |
//! | `http.server.active_requests` | requests under way | each request |
//!
//! with the attributes of the HTTP conventions. Query values that sign URLs are redacted, headers are not recorded.
//!
//! # When a request starts and ends
//!
//! - It starts when the middleware is called, with the context that the request's headers carry as its parent.
//! - It ends with the last byte of the response *body*; at once if there is no body to come, as for `HEAD`, 204, 304
//!   and the upgrade to a WebSocket.
//! - A client that goes away drops the response: the span ends then, as an error with `error.type=cancelled`. When
//!   actix-web drops it is actix-web's choice: over HTTP/1 when the connection is reset, or when a write fails, or
//!   at once if the server is told `h1_allow_half_closed(false)`; over HTTP/2 not before the handler is done.
//! - A handler that panics: `error.type=panic`. A body that fails: `error.type=body_error`.
//! - An error that a middleware further inside gives instead of a response ends the request, with the error's status
//!   code.
//!
//! In all cases the duration is recorded once and the gauge goes back.
//!
//! # Where to put it
//!
//! As the last `.wrap(..)` of the `App`: the outermost middleware, which sees the path before
//! [`NormalizePath`](actix_web::middleware::NormalizePath) rewrites it, and the status after
//! [`ErrorHandlers`](actix_web::middleware::ErrorHandlers) changed it. A second one around a scope or a resource
//! makes no second span.
//!
//! # Routes
//!
//! `http.route` is the whole pattern, with those of all scopes: `/api/{tenant}/items/{item}`. It is known when
//! actix-web has routed the request, so the span is named after its method until then, which is what samplers see; a
//! middleware around a resource knows it from the start. A resource whose guards refuse the request has not answered
//! it, nor has a default service: nothing is made up for these.
//!
//! A request that gives no response (cancelled, panicked, or an error from a middleware) has the pattern that its path
//! matches, guards not asked.

mod body;
mod counted;
mod future;
mod middleware;
mod request;
mod service;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use middleware::HttpServerMiddleware;
pub use service::HttpServerService;
