//! How a call failed, by the conventions: `db.response.status_code` and `error.type`.

use std::{error::Error as _, io};

use otel_auto_core::{
    Failure, Operation,
    db::{DbClient, ServerError},
};
use tokio_postgres::Error;

use crate::recorder::SYSTEM;

/// Ends a call that gave an error.
pub(crate) fn fail(operation: Operation<DbClient>, error: &Error) {
    if !operation.is_live() {
        return;
    }
    match failure(error) {
        Some(failure) => operation.fail(failure),
        None => operation.complete(),
    }
}

/// `None` if the call went well all the same.
pub(crate) fn failure(error: &Error) -> Option<Failure<'_>> {
    match error.as_db_error() {
        // Without the message: the server quotes values in it.
        Some(answer) => ServerError::new(SYSTEM)
            .sqlstate(answer.code().code())
            .failure(),
        None if is_of_rows(error) => None,
        None => Some(Failure::new(unanswered(error))),
    }
}

/// Was it one row that was asked for, and were there others? The query itself went well.
///
/// The library's kinds of errors are told apart by nothing but their messages.
fn is_of_rows(error: &Error) -> bool {
    error.source().is_none() && error.to_string() == "query returned an unexpected number of rows"
}

/// `error.type` where the server did not answer.
fn unanswered(error: &Error) -> &'static str {
    if error.is_closed() {
        return "connection_closed";
    }
    let io = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection_refused",
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof,
        ) => "connection_closed",
        Some(io::ErrorKind::TimedOut) => "timeout",
        Some(_) => "io_error",
        None => "tokio_postgres::Error",
    }
}
