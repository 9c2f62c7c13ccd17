//! Contexts across process boundaries: each format's text, case by case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod b3;
mod baggage;
mod carrier;
mod composite;
mod environment;
mod fuzz;
#[cfg(feature = "http")]
mod header;
mod jaeger;
mod ot_trace;
mod trace_context;
mod trace_state;
mod xray;
