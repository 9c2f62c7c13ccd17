//! How a call failed, by the conventions: `db.response.status_code` and `error.type`.

use std::{error::Error as _, io};

use otel_auto_core::Failure;
use tokio_postgres::Error;

// Without the message: the server quotes values in it.
pub(crate) fn failure(error: &Error) -> Failure<'_> {
    if let Some(state) = error.code() {
        let code = state.code();
        return Failure::new(code.to_owned()).status_code(code);
    }
    if error.is_closed() {
        return Failure::new("connection_closed");
    }
    let io = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    Failure::new(match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection_refused",
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof,
        ) => "connection_closed",
        Some(io::ErrorKind::TimedOut) => "timeout",
        Some(_) => "io_error",
        // Its kinds are told apart by nothing but their messages.
        None => "tokio_postgres::Error",
    })
}
