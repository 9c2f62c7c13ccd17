//! MongoDB spans and metrics through the event handlers of the [`mongodb`] driver.
//!
//! ```no_run
//! use mongodb::{Client, options::ClientOptions};
//! use otel_auto_mongodb::Traced;
//!
//! # async fn example() -> mongodb::error::Result<()> {
//! let options = ClientOptions::parse("mongodb://localhost:27017").await?.traced();   // the one edit
//! let client = Client::with_options(options)?;
//! # let _ = client;
//! # Ok(())
//! # }
//! ```
//!
//! The driver's own feature `opentelemetry` is bound to one version of that crate; events are not. Handlers that the
//! program has set are called as before.
//!
//! # What it emits
//!
//! One CLIENT span for each command that is sent, named by command and collection, `find users`, and
//! `db.client.operation.duration` (semantic conventions, `docs/db/mongodb.md`):
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `mongodb` |
//! | `db.operation.name` | the command |
//! | `db.collection.name` | its collection, if it is one of the commands on one collection |
//! | `db.namespace` | the database |
//! | `db.operation.batch.size` | the number of documents, updates, deletions or writes of a `bulkWrite`, if several |
//! | `server.address`, `server.port` | the server that was chosen; the port 27017 goes without saying |
//! | `db.response.status_code`, `error.type` | the code of the server's error, also that of a single document |
//! | `error.type` | without an answer: one of a fixed set, such as `network_error` |
//!
//! A cursor is one command for each batch that it fetches, an operation that the driver tries again one for each try.
//! A command whose caller gives up ends then, without an error. What connections say to each other is left out
//! (`hello`, authentication), and what the driver says in the background of sessions and cursors that were dropped
//! (`endSessions`, `killCursors`).
//!
//! The pool of each server: `db.client.connection.count`, `.max`, `.idle.min`, `.wait_time`, `.use_time`,
//! `.create_time`. A connection that could not be had is a span named `CONNECT`, if it was asked for inside of another.
//! Clients that are made of the same options have one pool here.
//!
//! # What it never emits
//!
//! Documents, filters, and the messages of errors, which quote them.
//!
//! # What it does not see
//!
//! - That no server could be found to ask: the driver waits for one before it sends a command or asks for a connection,
//!   and tells of it in the error alone (its handlers hear of servers, in the background). Only behind a load balancer
//!   it asks for a connection at once.
//! - Who waits for a connection, since the driver does not say when a caller gives up, and `.timeouts`, since it does
//!   not say why a connection could not be had.
//! - The later batches of what a `bulkWrite` answers: if the first write that was refused is in one of those, the span
//!   is an error without its code.
//! - When a caller gives up while the connection is pinned, to a transaction behind a load balancer, as it does not
//!   come back: the command ends with the next one, or with the transaction.
//! - Which of several clients that are made of the same options gives up: each numbers its connections from 1. If two
//!   use those of one number at once, the command that was given up may end with the other's, or the other's as given
//!   up.
//!
//! The driver copies each command and reply for its handlers, if there are any, even while no telemetry is installed. A
//! handler of the program that is asynchronous or a channel needs a runtime where the driver calls it, and is left out
//! where there is none.

mod commands;
mod document;
mod pools;
mod traced;

pub use traced::Traced;
