//! Keys that the semantic conventions crate does not have, and the scope that all instrumentations share.

use opentelemetry::InstrumentationScope;

pub(crate) use opentelemetry_semantic_conventions::{SCHEMA_URL, attribute::*, metric};

/// `error.type` of an operation that was dropped before its end.
pub(crate) const CANCELLED: &str = "cancelled";
/// `error.type` of an operation that unwound.
pub(crate) const PANIC: &str = "panic";
/// What stands for a value outside of the closed set.
pub(crate) const OTHER: &str = "_OTHER";

/// The status code of a call. Releases up to 1.44 call it this; the next one renames it to `rpc.status_code`, so it is
/// named here and nowhere else.
pub(crate) const RPC_STATUS_CODE: &str = RPC_RESPONSE_STATUS_CODE;

/// The scope of a crate of instrumentations.
pub(crate) fn scope(name: &'static str, version: &'static str) -> InstrumentationScope {
    InstrumentationScope::builder(name)
        .with_version(version)
        .with_schema_url(SCHEMA_URL)
        .build()
}
