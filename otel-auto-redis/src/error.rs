//! How a call ended, by the conventions: `db.response.status_code` and `error.type`.

use opentelemetry_semantic_conventions::attribute::DB_RESPONSE_STATUS_CODE;
use otel_auto_core::{Failure, Operation};

use crate::convention::Redis;

pub(crate) const OTHER: &str = "_OTHER";

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

/// The server answered with an error of this code. Without the message: the server quotes keys and values in it.
pub(crate) fn answered(operation: Operation<Redis>, code: &str) {
    if let Some(failure) = known(code) {
        operation.fail(failure);
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

/// The failure of a code that is one of Redis's own.
pub(crate) fn known(code: &str) -> Option<Failure<'static>> {
    let code = CODES.iter().find(|known| **known == code)?;
    Some(Failure::new(*code).status_code(*code))
}
