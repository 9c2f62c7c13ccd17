//! All cases, for redis 0.32.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

extern crate bb8_redis_024 as bb8_redis;
extern crate deadpool_redis_022 as deadpool_redis;
extern crate redis_032 as redis;

mod cases;

use redis::ErrorKind;

const CLIENT_ERROR: ErrorKind = ErrorKind::ClientError;
const PARSE_ERROR: ErrorKind = ErrorKind::ParseError;
