//! How a call ended, by the conventions: `db.response.status_code` and `error.type`.

use opentelemetry_semantic_conventions::attribute::DB_RESPONSE_STATUS_CODE;
use otel_auto_core::{Failure, Operation};
use redis::{ErrorKind, RedisError, ServerError, Value};

use crate::convention::Redis;

const OTHER: &str = "_OTHER";

/// The first words of the errors that Redis itself answers with. Scripts and modules make up more.
const CODES: &[&str] = &[
    "ASK",
    "BUSY",
    "BUSYGROUP",
    "BUSYKEY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "DENIED",
    "ERR",
    "EXECABORT",
    "INPROG",
    "IOERR",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOGOODSLAVE",
    "NOGROUP",
    "NOMASTERLINK",
    "NOPERM",
    "NOPROTO",
    "NOREPLICAS",
    "NOSCRIPT",
    "NOSUB",
    "NOTBUSY",
    "NOTREADY",
    "OOM",
    "READONLY",
    "STALE",
    "SYNTAX",
    "TRYAGAIN",
    "UNBLOCKED",
    "UNKILLABLE",
    "WRONGPASS",
    "WRONGTYPE",
];

/// The first error among replies. That of a transaction is within the one reply that counts.
pub(crate) fn of_reply(replies: &[Value]) -> Option<&ServerError> {
    replies.iter().find_map(|reply| match reply {
        Value::ServerError(error) => Some(error),
        Value::Array(replies) => of_reply(replies),
        _ => None,
    })
}

/// Ends a call by what it gave.
pub(crate) fn end(operation: Operation<Redis>, result: Result<Option<&ServerError>, &RedisError>) {
    if !operation.is_live() {
        return;
    }
    match result {
        Ok(None) => operation.complete(),
        Ok(Some(error)) => answered(operation, error.code()),
        Err(error) => match error.code() {
            Some(code) => answered(operation, code),
            None => operation.fail(Failure::new(kind(error)).of_type::<RedisError>()),
        },
    }
}

// Without the message: the server quotes keys and values in it.
fn answered(operation: Operation<Redis>, code: &str) {
    if let Some(code) = CODES.iter().find(|known| **known == code) {
        operation.fail(Failure::new(*code).status_code(*code));
        return;
    }
    let is_code = code.len() <= 32
        && code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if is_code && !code.is_empty() {
        operation.set_attribute(DB_RESPONSE_STATUS_CODE, code.to_owned());
    }
    operation.fail(Failure::new(OTHER));
}

fn kind(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "timeout";
    }
    if error.is_connection_refusal() {
        return "connection_refused";
    }
    if error.is_connection_dropped() {
        return "connection_closed";
    }
    match error.kind() {
        ErrorKind::Io => "io_error",
        ErrorKind::Parse => "parse_error",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::UnexpectedReturnType => "unexpected_return_type",
        ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList => "invalid_client_config",
        ErrorKind::Client => "client_error",
        ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        | ErrorKind::ClusterConnectionNotFound => "server_not_found",
        ErrorKind::RESP3NotSupported => "protocol_not_supported",
        _ => OTHER,
    }
}
