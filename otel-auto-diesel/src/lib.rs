//! Database spans and metrics for [`diesel`] and diesel-async, with no edit of the program.
//!
//! diesel has instrumentation for the whole process. [`install`] makes ours the default of all connections that are
//! established from then on; `otel_auto::init()` calls it. A program that sets its own for one connection, or wants ours
//! beside it, uses [`Queries`]:
//!
//! ```
//! use diesel::{Connection, SqliteConnection};
//! use otel_auto_diesel::Queries;
//!
//! # fn main() -> diesel::ConnectionResult<()> {
//! let mut connection = SqliteConnection::establish(":memory:")?;
//! connection.set_instrumentation(Queries::to(":memory:"));
//! # Ok(())
//! # }
//! ```
//!
//! # What it emits
//!
//! One CLIENT span for each query, named by `db.query.summary`, and `db.client.operation.duration` (semantic
//! conventions, `docs/db`):
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `postgresql`, `mysql` or `sqlite`, by the connection's URL |
//! | `db.namespace` | the database of the URL; for SQLite its file |
//! | `db.query.summary` | operations and tables: `SELECT users` |
//! | `db.query.text` | the SQL without binds and literals; on the span alone |
//! | `server.address`, `server.port` | host and port of the URL; a system's own port goes without saying |
//! | `db.response.status_code` | for PostgreSQL, where the kind of diesel's error is made of one SQLSTATE |
//! | `error.type` | the same; else that kind: `UniqueViolation`, `ClosedConnection`… |
//!
//! A connection that cannot be established is a span named `CONNECT`, if it was asked for inside of another span.
//! `BEGIN`, `COMMIT`, `ROLLBACK` and savepoints are recorded if the settings say so.
//!
//! # What it never emits
//!
//! Binds, which diesel shows beside the SQL; the messages of errors, which quote them; user and password of the URL.
//!
//! # What it does not see
//!
//! How many rows came back; the server's own error code, where diesel keeps but a kind of it; connections that were
//! established before [`install`], or have instrumentation of the program's own; of diesel-async, that a connection to
//! PostgreSQL was refused.
//!
//! Where a connection leads that is made of a client which exists already, as with `AsyncPgConnection::try_from`: it has
//! no URL, so its queries are those of `other_sql`, without server and database, and on PostgreSQL the two `SET` that
//! diesel-async begins with are among them. `connection.set_instrumentation(Queries::to(url))` tells the rest.
//!
//! That the future of a query was dropped, which diesel-async does not tell. Such a query seems to run until the next one
//! starts on its connection. PostgreSQL may be sent several queries at a time, so there it seems to run until one that was
//! started later is through and another one starts; until the connection is closed; or until 128 run on it. When a
//! query with the same text and the same parent follows it, the two cannot be told apart, and the end of the later one
//! is taken for the end of the dropped one. What is dropped ends without an error.

mod error;
mod queries;
mod running;
mod target;
mod text;

use diesel::connection::{self, Instrumentation};

pub use queries::Queries;

/// Makes [`Queries`] the instrumentation of all connections that are established from now on, unless the program has
/// set a default of its own: then nothing is changed, and the answer is `false`.
pub fn install() -> bool {
    let present = connection::get_default_instrumentation();
    if present.is_some_and(|present| !(*present).as_any().is::<Queries>()) {
        return false;
    }
    connection::set_default_instrumentation(queries).is_ok()
}

#[expect(clippy::unnecessary_wraps, reason = "diesel wants an Option")]
fn queries() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(Queries::default()))
}
