//! Database spans and metrics for sqlx, with no change of types.
//!
//! sqlx announces every query as a `tracing` event when it is over. [`QueryEvents`] turns these events into CLIENT
//! spans and `db.client.operation.duration`, started when the query started, below the span that was current. The
//! program keeps its `PgPool`, its `query!`, its transactions; `otel_auto::init()` installs the layer.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! tracing_subscriber::registry().with(otel_auto_sqlx::QueryEvents::new().filtered()).init();
//! ```
//!
//! # What it emits
//!
//! A span `{db.query.summary}` such as `SELECT users`, of kind CLIENT, with `db.system.name`, `db.query.summary`,
//! `db.query.text` without its literals, and `db.response.returned_rows`; and one point of
//! `db.client.operation.duration` (seconds).
//!
//! Only under an active span: what a pool does to set itself up would otherwise be a trace of its own each time.
//!
//! # What the events do not tell
//!
//! - An error: a query that failed looks like one that gave no rows.
//! - Server and database. The system is known for SQLite (it works on a thread of its own) and otherwise taken from
//!   the scheme of `DATABASE_URL`, else from the style of the placeholders, else it is `other_sql`;
//!   [`QueryEvents::system`] says it outright.
//! - Anything at all if `tracing`'s `release_max_level_info` (or lower) is on: the events are compiled out then. The
//!   same with `log_statements(LevelFilter::Off)`.

mod event;
mod layer;
mod system;

pub use layer::QueryEvents;
