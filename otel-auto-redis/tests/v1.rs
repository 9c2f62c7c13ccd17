//! All cases, for redis 1.x: `scripts/services run -- cargo test -p otel-auto-redis --all-features`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr
)]

mod cases;

use redis::ErrorKind;

const CLIENT_ERROR: ErrorKind = ErrorKind::Client;
const PARSE_ERROR: ErrorKind = ErrorKind::Parse;
