//! How a call ended: `db.response.status_code` and `error.type`.

use std::{collections::HashMap, hash::BuildHasher, io};

use async_memcached::{Error, ErrorKind, Status};
use otel_auto_core::{Failure, Operation, db::DbClient};

/// Ends a call by what it gave.
pub(crate) fn end<T>(operation: Operation<DbClient>, result: &Result<T, Error>) {
    finish(operation, result.as_ref().err().and_then(failure));
}

/// Ends a call that gave a result for each key. One error fails it.
pub(crate) fn end_each<K, S: BuildHasher>(
    operation: Operation<DbClient>,
    result: &Result<HashMap<K, Result<(), Error>, S>, Error>,
) {
    finish(
        operation,
        match result {
            Ok(each) => each
                .values()
                .filter_map(|result| result.as_ref().err())
                .find_map(failure),
            Err(error) => failure(error),
        },
    );
}

fn finish(operation: Operation<DbClient>, failure: Option<Failure<'static>>) {
    match failure {
        Some(failure) => operation.fail(failure),
        None => operation.complete(),
    }
}

/// `None` if the error is only an answer.
pub(crate) fn failure(error: &Error) -> Option<Failure<'static>> {
    let failure = match error {
        Error::Connect(error) | Error::Io(error) => Failure::new(io_error(error.kind())),
        Error::ConnectionClosed => Failure::new("connection_closed"),
        Error::ParseError(_) => Failure::new("parse_error"),
        Error::Protocol(Status::NotFound | Status::NotStored | Status::Exists) => return None,
        Error::Protocol(Status::Error(kind)) => match kind {
            ErrorKind::NonexistentCommand => answered("ERROR"),
            ErrorKind::Client(_) => answered("CLIENT_ERROR"),
            ErrorKind::Server(_) => answered("SERVER_ERROR"),
            ErrorKind::Protocol(_) => Failure::new("protocol_error"),
            ErrorKind::KeyTooLong => Failure::new("key_too_long"),
            ErrorKind::OpaqueTooLong => Failure::new("opaque_too_long"),
            ErrorKind::Generic(_) => Failure::new("_OTHER"),
        },
        // An answer to some other command.
        Error::Protocol(_) => Failure::new("protocol_error"),
    };
    // Without the message: it may quote what was sent.
    Some(failure.of_type::<Error>())
}

fn answered(code: &'static str) -> Failure<'static> {
    Failure::new(code).status_code(code)
}

fn io_error(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::TimedOut => "timeout",
        io::ErrorKind::ConnectionRefused => "connection_refused",
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => "connection_closed",
        _ => "io_error",
    }
}
