//! The demo, run as its users run it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod alone;
mod common;
mod otlp;
mod serve;
mod servers;
