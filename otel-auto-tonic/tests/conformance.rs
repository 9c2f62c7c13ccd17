//! The whole suite, on tonic's own server and client.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod suite;
mod support;

rpc_suite!(support::Tonic);
