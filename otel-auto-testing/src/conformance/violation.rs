//! One breach of the conventions.

use std::fmt;

/// How strong a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Strength {
    /// The conventions say MUST, MUST NOT, Required or Conditionally Required.
    Must,
    /// The conventions say SHOULD, SHOULD NOT or Recommended.
    Should,
    /// The conventions leave it open, this kit does not: nothing is recorded that the registry does not have.
    Kit,
}

/// A rule that captured telemetry breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// How strong the rule is.
    pub strength: Strength,
    /// What breaks it: `http.server span`, or the name of a metric.
    pub subject: String,
    /// The rule. The same wherever it is broken, so that breaches can be counted by it.
    pub rule: String,
    /// The page of the conventions and the section that has the rule.
    pub section: &'static str,
    /// What was found instead.
    pub found: String,
}

impl Violation {
    pub(super) fn new(
        strength: Strength,
        subject: impl Into<String>,
        rule: impl Into<String>,
        section: &'static str,
        found: impl Into<String>,
    ) -> Self {
        Self {
            strength,
            subject: subject.into(),
            rule: rule.into(),
            section,
            found: found.into(),
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Kit => "kit",
        })
    }
}

/// `MUST   http.server span: url.scheme is required (Attribute requirement levels): it is ""`
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            strength,
            subject,
            rule,
            section,
            found,
        } = self;
        write!(f, "{strength:<6} {subject}: {rule} ({section}): {found}")
    }
}

/// The sections that rules are quoted from.
pub(super) mod section {
    pub(crate) const ATTRIBUTE_LEVELS: &str = "Attribute requirement levels";
    pub(crate) const METRIC_LEVELS: &str = "Metric requirement levels: Opt-In";
    pub(crate) const REGISTRY: &str = "Attribute registry";
    pub(crate) const UNIQUE_KEYS: &str = "Common specification: Attribute collections";
    pub(crate) const SCOPE: &str = "Instrumentation scope";
    pub(crate) const NAME: &str = "HTTP spans: Name";
    pub(crate) const STATUS: &str = "HTTP spans: Status";
    pub(crate) const SERVER_SPAN: &str = "HTTP spans: HTTP server span";
    pub(crate) const CLIENT_SPAN: &str = "HTTP spans: HTTP client span";
    pub(crate) const CLIENT_DURATION: &str = "HTTP spans: HTTP client span duration";
    pub(crate) const METRICS: &str = "Semantic conventions: Metrics";
    pub(crate) const HTTP_METRICS: &str = "HTTP metrics";
    pub(crate) const RPC: &str = "gRPC spans";
    pub(crate) const RPC_STATUS: &str = "gRPC spans: Status";
    pub(crate) const RPC_METRICS: &str = "RPC metrics";
    pub(crate) const DB: &str = "Database spans";
    pub(crate) const DB_NAME: &str = "Database spans: Name";
    pub(crate) const DB_STATUS: &str = "Database spans: Span definition, Recording errors";
    pub(crate) const DB_TEXT: &str = "Database spans: Sanitization of db.query.text";
    pub(crate) const DB_SUMMARY: &str = "Database spans: Generating a summary of the query";
    pub(crate) const DB_METRICS: &str = "Database metrics";
    pub(crate) const EXCEPTIONS: &str = "Exceptions in logs";
    pub(crate) const SENSITIVE: &str = "HTTP spans: notes on url.query, url.full and headers";
    pub(crate) const TRACE_CONTEXT: &str = "W3C Trace Context: Processing Model";
}
