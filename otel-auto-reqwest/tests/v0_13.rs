//! All cases, for reqwest 0.13.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cases;

use otel_auto_reqwest as subject;
