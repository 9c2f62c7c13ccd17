//! All cases, for reqwest 0.12.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

extern crate reqwest_012 as reqwest;
extern crate reqwest_middleware_04 as reqwest_middleware;

mod cases;

use otel_auto_reqwest::v0_12 as subject;
