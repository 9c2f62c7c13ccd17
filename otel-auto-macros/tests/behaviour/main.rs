//! What `#[instrumented]` records, on real spans.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

extern crate self as otel_auto;

#[path = "../support/private.rs"]
pub mod __private;

/// Where the facade is when it was renamed.
mod renamed {
    pub(crate) use super::__private;
}

mod arguments;
mod asynchronous;
mod attributes;
mod blocks;
mod boxed;
mod errors;
mod handlers;
mod later;
mod metrics;
mod modules;
mod shapes;
mod sync;
mod traces;
