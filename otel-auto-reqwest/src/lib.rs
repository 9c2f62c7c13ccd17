//! HTTP client spans, metrics and propagation for reqwest.
//!
//! The client stays a [`reqwest::Client`]; at the call, `send` becomes `send_traced`:
//!
//! ```no_run
//! use otel_auto_reqwest::RequestBuilderExt;
//!
//! # async fn example(client: reqwest::Client, id: u64) -> reqwest::Result<()> {
//! let user = client
//!     .get(format!("https://api.example.com/users/{id}"))
//!     .url_template("/users/{id}")        // optional: the span is `GET /users/{id}` instead of `GET`
//!     .send_traced()
//!     .await?
//!     .text()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! A client may be built before `otel_auto::init()`; without it, `send_traced` costs a branch more than `send`.
//!
//! # What it emits
//!
//! | signal | name | when |
//! |---|---|---|
//! | CLIENT span | `{method} {template}`, or `{method}` without a template | each request |
//! | `http.client.request.duration` | seconds | each request, when it has ended |
//! | `http.client.active_requests` | requests under way | if switched on |
//! | `http.client.request.body.size`, `http.client.response.body.size` | bytes | if switched on: each whose size is announced |
//!
//! with the attributes of the HTTP conventions (`http/http-spans.md#http-client`). The request carries the span's
//! context in its headers, in place of any that it had. User names, passwords and the query values that sign URLs are
//! redacted; headers are recorded only if the settings name them, bodies never.
//!
//! | attribute | unless switched on | what it is |
//! |---|---|---|
//! | `http.request.header.<name>`, `http.response.header.<name>` | left out | one element for each value, at most 64; at most 64 names; values of credentials, and those that are marked as sensitive, are `[REDACTED]` |
//! | `http.request.body.size`, `http.response.body.size` | left out | bytes, where the size is known beforehand: the span ends before the response's body is read |
//! | `service.peer.name` | left out | the first rule that fits host, port and path |
//! | `url.template` | what the caller says | else the first rule that fits the path |
//!
//! A request whose URL is excluded by the settings makes no span and no metric, and carries the context that was
//! current anyway.
//!
//! # When a request starts and ends
//!
//! - It starts when `send_traced` is called, below the span that is current there, also if the future is then spawned.
//! - It ends when the head of the response is there. Reading the body takes no part in it.
//! - A 4xx or 5xx is an error, with the status code as `error.type`.
//! - An error of reqwest has one of these as `error.type`: `timeout`, `dns`, `connection_refused`, `connection_reset`,
//!   `tls`, `connect`, `redirect`, `builder`, `request`, `body`, `decode`, `upgrade`.
//! - A future that is dropped ends its span. That is no error: whoever called does not want the answer any more.
//!
//! A request that reqwest could not even build (its URL does not parse, say) is returned as the error that it is, and
//! makes no span.
//!
//! # Redirects and retries
//!
//! reqwest follows redirects and retries inside of the client, where nothing can be seen: all of that is one span. Its
//! `url.full` and `server.*` are of the request as it was made; status, protocol version and `network.peer.*` are of
//! the last response. All hops carry the same span's context.
//!
//! # Features
//!
//! - `reqwest-013` (default): all this for reqwest 0.13.
//! - `reqwest-012`: the same for reqwest 0.12, in the module `v0_12`. Both may be on.
//! - `middleware`, `middleware-012`: `OtelMiddleware`, for programs that use `reqwest-middleware` 0.5, or 0.4 with
//!   reqwest 0.12.

// Each major version of reqwest has types of its own, and so compiles the same files for itself.
#![allow(clippy::duplicate_mod)]

#[cfg(feature = "reqwest-012")]
pub mod v0_12;
#[cfg(feature = "reqwest-013")]
mod v0_13;

#[cfg(feature = "reqwest-013")]
pub use v0_13::*;
