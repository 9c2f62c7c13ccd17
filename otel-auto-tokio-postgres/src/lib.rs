//! PostgreSQL spans and metrics for [`tokio_postgres`], and with the feature `deadpool` for `deadpool_postgres`.
//!
//! ```no_run
//! use otel_auto_tokio_postgres::Traced;
//! use tokio_postgres::NoTls;
//!
//! # async fn example() -> Result<(), tokio_postgres::Error> {
//! let config: tokio_postgres::Config = "host=localhost user=app dbname=shop".parse()?;
//! let (client, connection) = config.connect(NoTls).await?;
//! let client = client.traced(&config);                                          // the one edit
//! # let _ = connection;
//!
//! let rows = client.query("SELECT name FROM users WHERE id = $1", &[&1_i64]).await?;
//! # let _ = rows;
//! # Ok(())
//! # }
//! ```
//!
//! A pool of `deadpool_postgres` is wrapped as a whole:
//!
//! ```no_run
//! # #[cfg(feature = "deadpool")] mod example {
//! use deadpool_postgres::{Manager, Pool};
//! use otel_auto_tokio_postgres::TracedPool;
//!
//! # async fn example(config: tokio_postgres::Config) -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::builder(Manager::new(config.clone(), tokio_postgres::NoTls)).build()?;
//! let pool = pool.traced(&config);                                              // the one edit
//!
//! let client = pool.get().await?;
//! let by_id = client.prepare_cached("SELECT name FROM users WHERE id = $1").await?;
//! let rows = client.query(&by_id, &[&1_i64]).await?;
//! # let _ = rows;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! The library has no hook, and seals its `GenericClient`, so a wrapper cannot pass for a client everywhere. A
//! [`Client`] has the methods of the client in it, with the same arguments and results, and gives [`Transaction`]s that
//! do. Both dereference to what they wrap: a function that takes `&tokio_postgres::Client` still can be called, and is
//! not recorded.
//!
//! Some names change, where a program writes them down:
//!
//! | of the library | here | why |
//! |---|---|---|
//! | `Client`, `Transaction<'_>`, `RowStream`, `SimpleQueryStream` | the same names | they are the wrappers |
//! | `Pool`, `Object` of `deadpool_postgres` | `Pool`, `PooledClient` | the same |
//! | `Statement` | [`Statement`] | one of the library does not tell its SQL |
//! | `GenericClient` | [`GenericClient`] | the library's cannot be implemented |
//!
//! # What it emits
//!
//! One CLIENT span for each call that waits for the server, named by `db.query.summary`, and
//! `db.client.operation.duration` (semantic conventions, `docs/db/postgresql.md`):
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `postgresql` |
//! | `db.namespace` | the database of the configuration |
//! | `db.query.summary` | operations and tables: `SELECT users` |
//! | `db.query.text` | the SQL without its literals; on the span alone |
//! | `server.address`, `server.port` | the first host of the configuration; the port 5432 goes without saying |
//! | `db.response.status_code` | the SQLSTATE of the server's error |
//! | `error.type` | the same; or, if the server did not answer, one of a fixed set, such as `connection_closed` |
//!
//! A span ends with the call; that of a [`RowStream`] or a [`SimpleQueryStream`] when the last row was read, or the
//! stream was dropped. Preparing a statement is a call of its own; one for a pool's cache is recorded only if it could
//! not be prepared. A `COPY` ends when the server is ready to send or to receive. That there is no row, or more of
//! them, where one was asked for is no error.
//!
//! A pool has the metrics `db.client.connection.*`: connections in use and idle, the most there may be, those who wait,
//! how long, for how long connections were used, and who waited in vain. A connection that a pool could not give is a
//! span named `CONNECT`, if it was asked for inside of another. `BEGIN`, `COMMIT` and the like, numbers of rows,
//! parameters, and the context of the trace within the SQL are recorded or sent if the settings say so; the latter only
//! with what the library does not prepare (`simple_query`, `batch_execute`, `query_typed`…).
//!
//! # What it never emits
//!
//! Parameters, unless asked to, and the message of an error: the server quotes values in it.
//!
//! # What it does not see
//!
//! Calls on what is reached by dereferencing, such as a pool's `weak`; a statement that was prepared on it, which is called by the name of its
//! database; the roll-back of a transaction that is dropped, which nobody waits for; what is no query:
//! `check_connection`, `cancel_query`.

mod client;
#[cfg(feature = "deadpool")]
mod deadpool;
mod error;
mod generic;
mod queries;
mod recorder;
mod rows;
mod server;
mod statement;
mod transaction;

pub use client::{Client, Connection, Traced};
#[cfg(feature = "deadpool")]
pub use deadpool::{Lent, Pool, PooledClient, TracedPool};
pub use generic::GenericClient;
pub use rows::{Recorded, RowStream, SimpleQueryStream};
pub use server::Server;
pub use statement::{Query, Statement};
pub use transaction::{Transaction, TransactionBuilder};
