//! Exceptions: log records that are bound to the span of the operation that they end.

use opentelemetry::{KeyValue, trace::Status};

use super::{
    Check,
    Strength::{Must, Should},
    Violation,
    check::find,
    http::SECRET,
    registry::REGISTRY,
    violation::section,
};
use crate::{LogView, SpanView};

/// What the exceptions of a convention's operations are called.
fn event_of(convention: &str) -> Option<&'static str> {
    Some(match convention {
        "http.server" => "http.server.request.exception",
        "http.client" => "http.client.request.exception",
        "rpc.grpc.call.server" => "rpc.server.call.exception",
        "rpc.grpc.call.client" => "rpc.client.call.exception",
        "db.client" => "db.client.operation.exception",
        _ => return None,
    })
}

fn is_exception(log: &LogView) -> bool {
    log.event_name.ends_with("exception") || log.get("exception.type").is_some()
}

impl Check {
    /// All rules that the log record of an exception breaks. The convention is that of the [`span`](Self::span) of the
    /// operation that it ended.
    #[must_use]
    pub fn exception(&self, convention: &str, log: &LogView) -> Vec<Violation> {
        let what = format!("{convention} exception");
        let mut violations = Vec::new();
        let mut add = |strength, rule: String, found: String| {
            let section = section::EXCEPTIONS;
            violations.push(Violation::new(strength, &what, rule, section, found));
        };
        let name = event_of(convention).unwrap_or("exception");
        if log.event_name != name {
            let found = format!("{:?}", log.event_name);
            add(Should, format!("the event's name is {name}"), found);
        }
        let Some(event) = REGISTRY.event(name) else {
            return violations;
        };
        let severity = log.severity.map(|severity| severity as u64);
        if event.severity.is_some() && severity != event.severity {
            let rule = "the severity is that of the event's description".to_owned();
            add(Should, rule, format!("{:?}", log.severity));
        }
        let attributes: Vec<KeyValue> = log
            .attributes
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
            .collect();
        let is_missing = |key| find(&attributes, key).is_none_or(|value| value.as_str().is_empty());
        if is_missing("exception.type") && is_missing("exception.message") {
            let rule = "exception.type or exception.message is required".to_owned();
            add(Must, rule, "neither is there".to_owned());
        }
        self.attributes(&what, &event.group, &attributes, &mut violations);
        violations
    }
}

/// All rules that the exceptions of operations break, which have led to these spans.
pub(super) fn judge(
    convention: &str,
    spans: &[SpanView],
    logs: &[LogView],
    violations: &mut Vec<Violation>,
) {
    let what = format!("{convention} exception");
    let logs: Vec<_> = logs.iter().filter(|log| is_exception(log)).collect();
    for (at, log) in logs.iter().enumerate() {
        violations.extend(Check::new().exception(convention, log));
        let mut add = |rule: &str, section, found: String| {
            violations.push(Violation::new(Should, &what, rule, section, found));
        };
        let ids = log.trace_id.zip(log.span_id);
        let span = spans
            .iter()
            .find(|span| Some((span.trace_id, span.span_id)) == ids);
        match span {
            None => {
                let rule = "it belongs to the operation's span";
                add(rule, section::EXCEPTIONS, format!("{ids:?}"));
            }
            Some(span) if !matches!(span.status, Status::Error { .. }) => {
                let rule = "it ends an operation that failed";
                add(rule, section::EXCEPTIONS, format!("{:?}", span.status));
            }
            Some(_) => {}
        }
        if logs
            .iter()
            .take(at)
            .any(|other| other.span_id == log.span_id)
        {
            let rule = "an exception is recorded once";
            add(rule, section::EXCEPTIONS, log.event_name.clone());
        }
        if format!("{} {:?}", log.body, log.attributes).contains(SECRET) {
            let rule = "an exception tells no secrets";
            add(rule, section::SENSITIVE, "body or attributes".to_owned());
        }
    }
}
