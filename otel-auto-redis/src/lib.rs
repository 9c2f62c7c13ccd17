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
//! it leads to: host and port come from the client's settings, once. [`Connection::new`] does without a server.
//!
//! It wraps any connection of redis 1.x and, with the feature `redis-032`, of redis 0.32, in the same words: plain,
//! multiplexed, managed, those of a cluster.
//!
//! # Pools
//!
//! ```no_run
//! # #[cfg(feature = "bb8")] mod example {
//! use otel_auto_redis::TracedPool;
//! use redis::AsyncCommands;
//!
//! # async fn example(client: redis::Client, pool: bb8::Pool<Manager>) {
//! let pool = pool.traced_pool(&client);       // the one edit
//!
//! let mut connection = pool.get().await.unwrap();
//! let name: Option<String> = connection.get("user:1:name").await.unwrap();
//! # }
//! # pub struct Manager;
//! # impl bb8::ManageConnection for Manager {
//! #     type Connection = redis::aio::MultiplexedConnection;
//! #     type Error = redis::RedisError;
//! #     async fn connect(&self) -> Result<Self::Connection, Self::Error> { unimplemented!() }
//! #     async fn is_valid(&self, _: &mut Self::Connection) -> Result<(), Self::Error> { Ok(()) }
//! #     fn has_broken(&self, _: &mut Self::Connection) -> bool { false }
//! # }
//! # }
//! ```
//!
//! | feature | pools |
//! |---|---|
//! | `bb8` | of bb8 0.9: those of `bb8-redis` 0.26 (redis 1.x) and 0.24 (redis 0.32), and of the feature `bb8` of redis |
//! | `deadpool` | of deadpool 0.13: those of `deadpool-redis` 0.23 (redis 1.x) |
//! | `deadpool-012` | of deadpool 0.12: those of `deadpool-redis` 0.22 (redis 0.32) |
//! | `r2d2` | of r2d2 0.8, with the feature `r2d2` of redis |
//!
//! A pool so wrapped has metrics, `db.client.connection.*`: count, idle.min, max, pending_requests, timeouts,
//! wait_time, use_time. It bears the name of its server. A connection that is not to be had is a span named `CONNECT`, if it was
//! asked for inside of another. A pool that does not tell its client is given `("localhost", 6379)`, or
//! [`Server::from_url`]: `bb8-redis` keeps its client to itself. What a pool gives is used as before, `&mut connection` or
//! `&mut *connection`. Of any other pool each connection is wrapped as it is taken, which costs two reference counts:
//! for that, `Connection` needs one that implements the library's traits.
//!
//! # Clusters
//!
//! `Connection::new(connection)` for those of `ClusterClient`. Which node answers is known to the library alone, so
//! there is no server, unless the program gives the whole cluster one name: `.traced(("cluster.example", 6379))`. What
//! goes to several nodes, and is tried again after a redirection, is one call. Cluster connections have no plain
//! pipelines when they block; `cluster_pipe()` takes a connection of the library's own type alone, for which there is
//! `Connection::query_pipeline`, with the feature `cluster` (redis 1.x).
//!
//! # Channels
//!
//! `PUBLISH` is a command like others. Subscriptions are recorded, the messages that they bring are not:
//! `client.get_async_pubsub().await?.traced(&client)` has `subscribe`, `unsubscribe`, `psubscribe`, `punsubscribe`,
//! `on_message`, `into_on_message` and `split` of the connection in it, a multiplexed one (RESP3) the first four, a
//! blocking one `as_pubsub` and `PubSubCommands`. On others, such as managed ones, `inner_mut()` subscribes unrecorded.
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
//! A pipeline in which a command fails has the code of the first. A reply of nil is not an error. A call that is
//! dropped before its reply ends its span without an error.
//!
//! # What it never emits
//!
//! - Values. Which argument is a key is known of the server's own commands; of any other command all arguments are
//!   `?`. Keys and the names of hash fields are part of the text, as the conventions want it:
//!   [`Connection::hide_keys`] leaves them out, too. Only if the user switches sanitising off (`settings.db.sanitize`) are
//!   values shown, but for those of commands that passwords are sent with. No text is longer than a kilobyte.
//! - The message of an error: the server quotes arguments in it.
//! - Names without a bound. A command that the table does not know is named if it consists of letters, digits, `.`, `_`
//!   and `-`, at most 32, and is among the first 64 of them; else it is `_OTHER`. A script's own error code is on the
//!   span, but is `_OTHER` in the metrics.
//!
//! # What it does not see
//!
//! - Connecting, and what a connection manager does to reconnect: the call that finds no connection tells.
//! - Messages that are received: the conventions know Redis as a database alone, and a message has no room for a
//!   context. What is done with one may well be a span of the program's own, a root.
//! - Calls on the connection itself, through [`Connection::inner_mut`], and on the pool itself: `dedicated_connection` of
//!   bb8, `weak` of deadpool.
//!
//! A script that the server does not know yet is three calls, the first of which failed with `NOSCRIPT`: that is how the
//! `redis` crate loads scripts.
//!
//! # Features
//!
//! - `redis-1` (default): connections of redis 1.x.
//! - `redis-032`: connections of redis 0.32. Both may be on.
//! - `cluster`, `bb8`, `deadpool`, `deadpool-012`, `r2d2`: as above. The crate needs one of the first two to hold
//!   anything.

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
