//! Database spans and metrics for sqlx 0.9 and 0.8: PostgreSQL, MySQL, MariaDB and SQLite.
//!
//! There are two depths. They go together: a query is recorded once.
//!
//! # Without a change: query events
//!
//! sqlx announces every query as a `tracing` event when it is over, whatever its version. [`QueryEvents`] turns these
//! events into CLIENT spans and metrics, started when the query started, below the span that was current. The program
//! keeps its `PgPool`, its `query!`, its transactions; `otel_auto::init()` installs the layer.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! tracing_subscriber::registry().with(otel_auto_sqlx::QueryEvents::new().filtered()).init();
//! ```
//!
//! Only under an active span, and only what the program sends: not what a driver says to set up a connection
//! (`SET sql_mode=…`, `PRAGMA …`) or asks to learn of a type (`SELECT pg_type.oid, …`). And there is no more to learn
//! than an event tells:
//!
//! - No error: a query that failed looks like one that gave no rows. [sea-orm](#sea-orm) tells more.
//! - Not where it ran. If all pools that are known lead to one database, it ran there: pools are known that are wrapped
//!   or [observed](observe_pool). Of several that lead to different databases, the system and the placeholders decide;
//!   where these do not, only the system is recorded. If no pool is known, it is the database of `DATABASE_URL`; else
//!   the system alone, by the style of the placeholders, or `other_sql`. SQLite is always recognised, by its thread.
//!   [`QueryEvents::system`] says it outright.
//! - Nothing at all if `tracing`'s `release_max_level_info` (or lower) is on, as the events are compiled out then, or
//!   with `log_statements(LevelFilter::Off)`. `otel_auto::diagnose()` tells of the first.
//!
//! # With one line: a wrapped pool
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn example() -> Result<(), sqlx::Error> {
//! use otel_auto_sqlx::PoolExt;
//! use sqlx::postgres::PgPoolOptions;
//!
//! let pool = PgPoolOptions::new().connect("postgres://db.example/shop").await?.traced();
//!
//! let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM orders").fetch_one(&pool).await?;
//! let mut transaction = pool.begin().await?;
//! sqlx::query("DELETE FROM orders WHERE id = $1").bind(7).execute(&mut *transaction).await?;
//! transaction.commit().await?;
//! # let _ = count;
//! # Ok(())
//! # }
//! ```
//!
//! [`Pool`] adds errors, the server and the namespace, row counts as rows come, calls that are dropped, the wait for a
//! connection as a part of the call, and the metrics of the pool. `query`, `query!`, `begin`, `acquire`, `&mut *tx`,
//! bounds such as `E: Executor<'_, Database = Postgres>` or `A: Acquire<'_>`, migrations and listeners go on working.
//! It dereferences to sqlx's own pool, connection and transaction, so `&pool`, `&mut connection` and `&mut transaction`
//! go into functions that take those. What runs there is recorded by the events alone. To have it all, name this
//! crate's types in the program's `use` lines: `otel_auto_sqlx::{PgPool, Transaction}`.
//!
//! What does not go on working, or is not recorded:
//!
//! - Functions and fields that take sqlx's `Pool`, `PoolConnection` or `Transaction` *by value*: rename the type, or
//!   call `into_inner`.
//! - Inside of code that is generic over [`Acquire`](sqlx_core::acquire::Acquire), connections are sqlx's own, since that trait
//!   names them.
//! - `Pool<Any>`, `sqlx::Connection::transaction` (a plain transaction) and single connections that come out of no pool:
//!   events alone.
//! - Preparing a statement by hand and `describe` make no span.
//! - A transaction that is rolled back by being dropped has no span for the rollback: sqlx sends it later.
//! - Bound values (`OTEL_RUST_DB_CAPTURE_QUERY_PARAMETERS`): sqlx holds them encoded, and lets nobody read them.
//!
//! # sea-orm
//!
//! sea-orm 2 runs on sqlx 0.9 and logs its queries at INFO: the events record each of them once, with no edit, and also
//! with `release_max_level_info`. With the feature `sea-orm` its calls are recorded whole, with no edit either: it
//! switches on sea-orm's `tracing-spans`, whose spans say how a call ended, and a call is its span and its event in one.
//!
//! - The wait for a connection is a part of the call; one that never got a connection (`pool_timed_out`), one that
//!   failed and one that was dropped are there.
//! - `error.type` and `db.response.status_code` are MySQL's number or SQLite's extended code. PostgreSQL's SQLSTATE is
//!   not in the text of an error, which is all that sea-orm tells: there `error.type` is `_OTHER`. What is no answer of
//!   the server is a word such as `connection_reset`, in all three. The text itself is never recorded, as it quotes
//!   values.
//! - With `sqlx_logging(false)` the span stands alone, without the number of rows, and without the text of
//!   `execute_unprepared`. With sea-orm's rusqlite driver, too, and there it does not say of errors either; the feature
//!   `tracing-spans` is to be switched on by the program then.
//! - A stream has no span: what its event tells is all, and that is no error. Nor has the wait of `begin` for a
//!   connection.
//!
//! sea-orm's connection keeps sqlx's own pool, so it cannot be wrapped, but observed: the queries tell server and
//! database then, and the pool has metrics. The feature is that of the driver.
//!
//! ```text
//! let database = sea_orm::Database::connect(url).await?;
//! let _observed = otel_auto::sqlx::observe_pool(database.get_postgres_connection_pool());
//! ```
//!
//! sea-orm's own spans hold old names, the SQL with its literals, and the messages of errors. `otel_auto::init()` leaves
//! them out of the traces, unless `OTEL_RUST_TRACING_FILTER` names `sea_orm`; the calls are inside of them then. What
//! the program itself prints at INFO (`RUST_LOG=info`) has them in front of what sqlx logs.
//!
//! # What it emits
//!
//! A span `{db.query.summary}` such as `SELECT users`, of kind CLIENT, and the metrics below it.
//!
//! | | events | pool |
//! |---|---|---|
//! | `db.system.name`, `db.query.summary` | yes | yes |
//! | `db.query.text`, without literals | yes | yes |
//! | `db.response.returned_rows` | yes | yes, also of a stream that is dropped half-way |
//! | `db.namespace`, `server.address`, `server.port` | where it is certain | as the pool was made; for PostgreSQL `{database}\|{schema}` if the options set a `search_path` |
//! | `error.type`, `db.response.status_code` | no | SQLSTATE, MySQL's number, SQLite's extended code; else a word such as `connection_reset`, `pool_timed_out` |
//! | `db.client.operation.duration`, `db.client.response.returned_rows` | yes | yes |
//! | `CONNECT`: a connection that `acquire` or `begin` could not have, inside of another span | no | yes |
//! | BEGIN, COMMIT, ROLLBACK and savepoints of sqlx's own methods | `OTEL_RUST_DB_TRANSACTION_SPANS_ENABLED` | the same, with their errors |
//!
//! MariaDB is `mysql` unless [`Pool::system`] says so: the driver does not tell.
//!
//! Metrics of pools, by `db.client.connection.pool.name`: [`Pool::name`], else `{server}:{port}/{namespace}`.
//!
//! | `db.client.connection.` | [`Pool`] | [`observe_pool`] |
//! |---|---|---|
//! | `count`, `max`, `idle.max`, `idle.min` | yes | yes |
//! | `pending_requests`, `wait_time`, `timeouts`, `use_time` | what goes through the wrapper | no |
//! | `create_time` | no: pools tell nobody | no |
//!
//! # sqlcommenter
//!
//! With `OTEL_RUST_DB_SQLCOMMENTER_ENABLED=true` the text of a sampled query on a wrapped pool of sqlx 0.9 ends with the
//! trace's context. Such a text is used once, so its statement is not kept: with bound values that is one more round
//! trip to the server each time. Statements that were prepared by hand are left as they are.
//!
//! # Costs
//!
//! Without telemetry a call on a wrapped pool costs a load and a branch, and goes to sqlx's own pool; so does one that is
//! not sampled, if there are no metrics. Else it replaces the box that sqlx makes for the same, and no text is copied that
//! was seen before. `benches/` has numbers.
//!
//! # Features
//!
//! - none: [`QueryEvents`], for any version of sqlx.
//! - `sea-orm`: sea-orm's `tracing-spans`, for how its calls ended.
//! - `postgres`, `mysql`, `sqlite`: [`Pool`] for sqlx 0.9. They switch on the drivers' feature `offline`, which sqlx's
//!   `macros` does as well. In a program without `macros`, take the feature of each driver that it has: with another
//!   driver left behind, that one does not compile (`missing: describe`).
//! - `postgres-08`, `mysql-08`: `v0_8::Pool` for sqlx 0.8. Not for SQLite: cargo refuses a lock file with two versions
//!   of it.

// Each version of sqlx has types of its own, and so compiles the same files for itself.
#![allow(clippy::duplicate_mod)]

#[cfg(feature = "_pool")]
mod calls;
mod event;
#[cfg_attr(not(feature = "_pool"), allow(dead_code))]
mod expected;
mod known;
mod layer;
mod sea_orm;
mod statement;
mod target;
mod told;
#[cfg(feature = "_sqlx-08")]
pub mod v0_8;
#[cfg(feature = "_sqlx-09")]
mod v0_9;

use std::sync::LazyLock;

use otel_auto_core::{Instrumenter, db::DbClient};

pub use layer::QueryEvents;
#[cfg(feature = "_sqlx-09")]
pub use v0_9::*;

const CLIENT: DbClient = DbClient::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "sqlx");

/// One for all pools and layers.
static INSTRUMENTER: LazyLock<Instrumenter<DbClient>> = LazyLock::new(|| Instrumenter::new(CLIENT));
