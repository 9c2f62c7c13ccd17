//! Pools of sqlx 0.8 on real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use otel_auto_sqlx::v0_8 as ours;
use sqlx_08 as lib;

#[path = "cases/common.rs"]
mod common;
#[path = "cases/conformance.rs"]
mod conformance;
#[path = "cases/mysql.rs"]
mod mysql;
#[path = "cases/postgres.rs"]
mod postgres;

const VERSION: &str = "v0_8";

fn events() -> otel_auto_sqlx::QueryEvents {
    otel_auto_sqlx::QueryEvents::new()
}

fn sql(text: &str) -> &str {
    text
}
