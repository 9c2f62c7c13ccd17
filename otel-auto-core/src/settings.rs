//! What is switched on, and the lists that the conventions consult.

use std::collections::HashSet;

/// The settings that instrumentations obey, resolved once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Make spans.
    pub traces: bool,
    /// Make metrics.
    pub metrics: bool,
    /// Count the operations under way, for example `http.server.active_requests`.
    pub active: bool,
    /// The names of instrumentations that are switched off.
    pub disabled: HashSet<String>,
    /// The HTTP methods that keep their name; all others are `_OTHER` (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`).
    pub known_methods: Vec<&'static str>,
    /// The query parameters whose values are replaced by `REDACTED`. Case-sensitive.
    pub sensitive_query_parameters: Vec<String>,
    /// Believe `Forwarded` and `X-Forwarded-*`. Anybody may send these headers: right behind a proxy that sets them.
    pub trust_forwarded: bool,
}

/// The methods of RFC 9110 and RFC 5789, and QUERY.
const KNOWN_METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "QUERY",
];

/// The signatures of cloud storage URLs that the conventions name.
const SENSITIVE_QUERY_PARAMETERS: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            traces: true,
            metrics: true,
            active: true,
            disabled: HashSet::new(),
            known_methods: KNOWN_METHODS.to_vec(),
            sensitive_query_parameters: SENSITIVE_QUERY_PARAMETERS.map(str::to_owned).to_vec(),
            trust_forwarded: true,
        }
    }
}

impl Settings {
    /// Is the instrumentation of this name switched on?
    #[must_use]
    pub fn is_enabled(&self, instrumentation: &str) -> bool {
        !self.disabled.contains(instrumentation)
    }
}
