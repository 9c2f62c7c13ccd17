//! `HttpClientLayer` around hyper-util's client and other services, against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod conformance;
mod ends;
mod propagation;
mod requests;
mod retries;
mod stacks;
mod support;
