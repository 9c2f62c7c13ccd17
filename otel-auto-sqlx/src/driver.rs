//! What only the driver of a database knows.

use std::borrow::Cow;

use super::sqlx::{connection::Connection, database::Database, error::DatabaseError};
use crate::target::{Server, Target};

/// The options by which a connection is made.
pub(crate) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// A database whose pools can be recorded: `Postgres`, `MySql` or `Sqlite`, by this crate's features.
pub trait Driver: Database + sealed::Driver {}

pub(crate) mod sealed {
    use super::*;

    pub trait Driver: Database {
        /// Where connections with these options lead to.
        fn target(options: &Options<Self>) -> Target;

        /// The SQLSTATE and the vendor's code of an error.
        fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<i64>);

        /// Do events of queries come from a thread that knows nothing of the caller?
        const REMOTE: bool = false;
    }
}

/// A server, by a socket or by a host that may be the folder of one.
#[allow(dead_code, reason = "SQLite has no server")]
pub(crate) fn server(socket: Option<&std::path::PathBuf>, host: &str, port: u16) -> Server {
    match socket {
        Some(path) => Server::Socket(path.display().to_string()),
        None if host.starts_with('/') => Server::Socket(host.to_owned()),
        None => Server::Host(host.to_owned(), port),
    }
}
