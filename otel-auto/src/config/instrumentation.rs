//! Which instrumentations are on, and what the HTTP ones report.

use super::{
    env::Env,
    vars::{
        ACTIVE_REQUESTS, INSTRUMENTED, KNOWN_METHODS, MEMCACHED, REDIS, REQWEST,
        SENSITIVE_QUERY_PARAMETERS, SQLX, TOWER,
    },
};

/// On or off, by library (`OTEL_RUST_INSTRUMENTATION_<NAME>_ENABLED`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instrumentations {
    pub(crate) tower: bool,
    pub(crate) reqwest: bool,
    pub(crate) sqlx: bool,
    pub(crate) redis: bool,
    pub(crate) memcached: bool,
    /// `#[instrumented]`.
    pub(crate) instrumented: bool,
}

impl Instrumentations {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            tower: env.switch(&TOWER),
            reqwest: env.switch(&REQWEST),
            sqlx: env.switch(&SQLX),
            redis: env.switch(&REDIS),
            memcached: env.switch(&MEMCACHED),
            instrumented: env.switch(&INSTRUMENTED),
        }
    }
}

/// What HTTP instrumentations report. `None` leaves the list to the convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Http {
    pub(crate) known_methods: Option<Vec<String>>,
    pub(crate) sensitive_query_parameters: Option<Vec<String>>,
    /// The metric `http.server.active_requests`.
    pub(crate) active_requests: bool,
}

impl Http {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            known_methods: env.replacing_list(&KNOWN_METHODS),
            sensitive_query_parameters: env.replacing_list(&SENSITIVE_QUERY_PARAMETERS),
            active_requests: env.switch(&ACTIVE_REQUESTS),
        }
    }
}
