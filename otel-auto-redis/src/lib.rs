//! Redis spans and metrics, for every connection of the [`redis`] crate.
//!
//! ```no_run
//! use otel_auto_redis::Traced;
//! use redis::AsyncCommands;
//!
//! # async fn example() -> redis::RedisResult<()> {
//! let client = redis::Client::open("redis://localhost/")?;
//! let mut connection = client.get_multiplexed_async_connection().await?.traced(&client);   // the one edit
//!
//! let name: Option<String> = connection.get("user:1:name").await?;
//! # let _ = name;
//! # Ok(())
//! # }
//! ```
//!
//! A [`Connection`] implements the same traits as the connection in it, asynchronous and blocking ones, so that
//! commands, pipelines, transactions, scripts and iterators work unchanged. It is `Clone` if the connection is.
//! Where a type names the connection, such as in a field, it becomes `Connection<MultiplexedConnection>`.
//!
//! The edit is on the line that makes the connection, and names the client, because a connection does not tell where
//! it leads to: host and port come from the client's settings, once. Connections of a pool are wrapped as they are taken from it,
//! which costs two reference counts. [`Connection::new`] does without a server.
//!
//! # What it emits
//!
//! One CLIENT span for each call that waits for the server, and `db.client.operation.duration` (semantic conventions,
//! `docs/db/redis.md`):
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `redis` |
//! | `db.operation.name` | the command; `PIPELINE` or `MULTI`, followed by the command if all are the same |
//! | `db.operation.batch.size` | the number of commands of a pipeline or transaction; one command is no batch |
//! | `db.namespace` | the index of the database the connection was opened with |
//! | `db.query.text` | the command as one would type it, its values replaced by `?`; on the span alone |
//! | `db.stored_procedure.name` | digest or name of a script or function that is called; on the span alone |
//! | `server.address`, `server.port` | as the program names them; the port 6379 goes without saying |
//! | `db.response.status_code` | the first word of the server's error: `WRONGTYPE`, `NOAUTH`… |
//! | `error.type` | the same; or, if the server did not answer, one of a fixed set, such as `timeout` |
//!
//! A reply of nil is not an error. A call that is dropped before its reply ends its span without an error.
//!
//! # What it never emits
//!
//! - Values. Which argument is a key is known of the server's own commands; of any other command all arguments are
//!   `?`. Keys and the names of hash fields are part of the text, as the conventions want it:
//!   [`Connection::hide_keys`] leaves them out, too. No text is longer than a kilobyte.
//! - The message of an error: the server quotes arguments in it.
//! - Names without a bound. A command that the table does not know is named if it consists of letters, digits, `.`, `_`
//!   and `-`, at most 32, and is among the first 64 of them; else it is `_OTHER`. A script's own error code is on the
//!   span, but is `_OTHER` in the metrics.
//!
//! # What it does not see
//!
//! Calls on the connection itself, through [`Connection::inner_mut`]: subscriptions, above all. What a connection
//! manager does to reconnect. A script that the server does not know yet is three calls, the first of which failed
//! with `NOSCRIPT`: that is how the `redis` crate loads scripts.

// Each major version of redis has types of its own, and so compiles the same files for itself.
#![allow(clippy::duplicate_mod)]
#![cfg(any(feature = "redis-1", feature = "redis-032"))]

mod commands;
mod connection;
mod convention;
mod error;
mod packed;
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "deadpool-012",
    feature = "r2d2"
))]
mod pool;
mod recorder;
mod server;
mod table;
mod text;
#[cfg(feature = "redis-032")]
mod v0_32;
#[cfg(feature = "redis-1")]
mod v1;

pub use connection::{Connection, Traced};
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "deadpool-012",
    feature = "r2d2"
))]
pub use pool::{Lent, Pool, PooledConnection, TracedPool};
pub use server::Server;
