//! Pools of sqlx 0.9 on real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use otel_auto_sqlx as ours;
use sqlx as lib;
use sqlx::{AssertSqlSafe, SqlSafeStr};

#[path = "cases/common.rs"]
mod common;
#[path = "cases/conformance.rs"]
mod conformance;
#[path = "cases/mysql.rs"]
mod mysql;
#[path = "cases/only_v0_9.rs"]
mod only_v0_9;
#[path = "cases/postgres.rs"]
mod postgres;

const VERSION: &str = "v0_9";

fn events() -> otel_auto_sqlx::QueryEvents {
    otel_auto_sqlx::QueryEvents::new()
}

fn sql(text: &str) -> impl SqlSafeStr + use<> {
    AssertSqlSafe(text.to_owned())
}
