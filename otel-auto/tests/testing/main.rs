//! The kit as a program's tests use it: many at once, no globals, real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod app;
mod isolation;
mod requests;
mod tracing;
