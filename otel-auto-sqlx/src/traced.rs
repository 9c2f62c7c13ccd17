//! The pool and what comes out of it, for the version of sqlx that the module around this one names.

#[path = "call.rs"]
mod call;
#[path = "connection.rs"]
mod connection;
#[path = "driver.rs"]
mod driver;
#[path = "executor.rs"]
#[macro_use]
mod executor;
#[path = "failure.rs"]
mod failure;
#[path = "pool.rs"]
mod pool;

use super::{Statement, opened, sqlx};

pub use connection::{Connection, PoolConnection, Transaction};
pub use driver::Driver;
pub use pool::{ObservedPool, Pool, PoolExt, observe_pool};

/// What the files of the drivers need.
#[allow(unused_imports, reason = "SQLite has no server")]
pub(super) mod in_drivers {
    pub(crate) use futures_core::{future::BoxFuture, stream::BoxStream};

    pub(crate) use super::{
        driver::{Driver, Options, sealed, server},
        executor::{Item, One, many, many_of_pool, one, one_of_pool},
        sqlx::{
            Error,
            database::Database,
            describe::Describe,
            error::DatabaseError,
            executor::{Execute, Executor},
            pool::PoolConnection,
            transaction::Transaction,
        },
        {Connection, Pool},
    };
}
