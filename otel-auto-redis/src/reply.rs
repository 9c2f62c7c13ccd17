//! Replies, and the errors among them.

use otel_auto_core::{Failure, Operation};

use super::{
    kind,
    redis::{RedisError, Value},
};
use crate::{convention::Redis, error::answered};

/// The code of the first error among replies. That of a transaction is within the one reply that counts.
fn of_reply(replies: &[Value]) -> Option<&str> {
    replies.iter().find_map(|reply| match reply {
        Value::ServerError(error) => Some(error.code()),
        Value::Array(replies) => of_reply(replies),
        _ => None,
    })
}

/// Ends a call by the replies that it gave. They are looked through only if that is recorded.
pub(super) fn end(operation: Operation<Redis>, result: Result<&[Value], &RedisError>) {
    if operation.is_live() {
        end_by(operation, result.map(of_reply));
    }
}

/// Ends a call by the code of an error among its replies.
pub(super) fn end_by(operation: Operation<Redis>, result: Result<Option<&str>, &RedisError>) {
    match result {
        Ok(None) => operation.complete(),
        Ok(Some(code)) => answered(operation, code),
        Err(error) => match error.code() {
            Some(code) => answered(operation, code),
            None => operation.fail(Failure::new(kind(error)).of_type::<RedisError>()),
        },
    }
}

/// Why there is no connection.
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "deadpool-012"))]
pub(crate) fn not_connected(error: &RedisError) -> Failure<'static> {
    let answered = error.code().and_then(crate::error::known);
    answered.unwrap_or_else(|| Failure::new(kind(error)).of_type::<RedisError>())
}

/// How the connection failed, if it was the connection.
pub(super) fn broken(error: &RedisError) -> Option<&'static str> {
    if error.is_timeout() {
        Some("timeout")
    } else if error.is_connection_refusal() {
        Some("connection_refused")
    } else if error.is_connection_dropped() {
        Some("connection_closed")
    } else {
        None
    }
}
