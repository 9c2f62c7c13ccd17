//! How a call failed.

use otel_auto_core::{
    Failure, Operation,
    db::{DbClient, ServerError},
};

use super::{
    Driver,
    sqlx::{Error, error::DatabaseError},
};
use crate::told::of_io;

/// Ends a call with what went wrong.
pub(super) fn end<DB: Driver>(operation: Operation<DbClient>, system: &str, error: &Error) {
    tell::<DB>(system, error, |failure| match failure {
        Some(failure) => operation.fail(failure),
        None => operation.complete(),
    });
}

/// Tells what went wrong; nothing of what is no error.
pub(super) fn tell<DB: Driver>(
    system: &str,
    error: &Error,
    told: impl FnOnce(Option<Failure<'_>>),
) {
    match error {
        Error::Database(error) => answered::<DB>(system, &**error, told),
        // Of these the message holds nothing of the query.
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed => {
            told(Some(Failure::new(kind(error)).description(error)));
        }
        _ => told(Some(Failure::new(kind(error)))),
    }
}

fn answered<DB: Driver>(
    system: &str,
    error: &dyn DatabaseError,
    told: impl FnOnce(Option<Failure<'_>>),
) {
    let (sqlstate, code) = DB::codes(error);
    let mut answer = ServerError::new(system);
    if let Some(sqlstate) = &sqlstate {
        answer = answer.sqlstate(sqlstate);
    }
    if let Some(code) = code {
        answer = answer.code(code);
    }
    let failure = answer.failure();
    told(failure.map(|failure| failure.description(&error)));
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Configuration(_) => "configuration",
        Error::Io(error) => of_io(error.kind()),
        Error::Tls(_) => "tls",
        Error::Protocol(_) => "protocol",
        Error::TypeNotFound { .. } => "type_not_found",
        Error::Encode(_) => "encode",
        Error::Decode(_) | Error::ColumnDecode { .. } => "decode",
        Error::PoolTimedOut => "pool_timed_out",
        Error::PoolClosed => "pool_closed",
        Error::WorkerCrashed => "worker_crashed",
        Error::BeginFailed => "begin_failed",
        _ => "_OTHER",
    }
}
