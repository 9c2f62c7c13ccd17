//! What HTTP servers and clients have in common.

use std::time::{Duration, Instant};

use opentelemetry::{KeyValue, trace::Status};

use super::{
    Strength::{Must, Should},
    Violation,
    check::find,
    registry::REGISTRY,
    violation::section,
};
use crate::{Capture, MetricPoint, SpanView, span::text};

/// Neither side's telemetry may hold it, wherever a request had it.
pub(super) const SECRET: &str = "hush";

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With a response, sent whole.
    Answered,
    /// Whoever asked went away.
    Cancelled,
    /// The handler panicked, or nothing came back.
    Failed,
    /// The head of the response was sent, its body failed.
    Broken,
}

/// The name and `http.request.method`.
pub(super) fn method(sent: &str) -> (&str, &str) {
    const KNOWN: [&str; 10] = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    ];
    if KNOWN.contains(&sent) {
        (sent, sent)
    } else {
        ("HTTP", "_OTHER")
    }
}

/// The name is `{method} {target}`, or `{method}` without a target.
pub(super) fn name(
    what: &str,
    span: &SpanView,
    sent: &str,
    target: Option<&str>,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    let (method, _) = method(sent);
    let wanted = target.map_or_else(|| method.to_owned(), |target| format!("{method} {target}"));
    if span.name == wanted {
        return;
    }
    let mut words = span.name.splitn(2, ' ');
    let (strength, rule) = if words.next() != Some(method) {
        (Must, "the name starts with the method, or HTTP")
    } else if words.next() == Some(path) {
        (Must, "the name has no path")
    } else {
        (
            Should,
            "the name is the method and a target, if there is one",
        )
    };
    let found = format!("{:?}, not {wanted:?}", span.name);
    violations.push(Violation::new(strength, what, rule, section::NAME, found));
}

/// The status and `error.type` of a span. `first_error` is the lowest status code that is an error on this side.
pub(super) fn status(
    what: &str,
    span: &SpanView,
    code: Option<u16>,
    end: End,
    first_error: u16,
    violations: &mut Vec<Violation>,
) {
    let mut add = |strength, rule: &str, found: String| {
        violations.push(Violation::new(strength, what, rule, section::STATUS, found));
    };
    let found = format!("{:?}", span.status);
    let error_type = span.get("error.type").map(text);
    let by_code = end == End::Answered && code.is_some_and(|code| code >= first_error);
    if end == End::Answered && !by_code {
        if span.status != Status::Unset {
            let rule = format!("the status is unset below {first_error}");
            add(Must, &rule, format!("{found} for {}", code.unwrap_or(0)));
        }
        if let Some(error_type) = error_type {
            add(Should, "no error.type on success", error_type);
        }
        return;
    }
    let (strength, what_ended) = match end {
        End::Answered => (Should, "an error response"),
        End::Cancelled => (Should, "a request whose client went away"),
        End::Failed => (Should, "a request that got no response"),
        // "in which case status MUST be set to `Error`"
        End::Broken => (Must, "a response whose body failed"),
    };
    match &span.status {
        Status::Error { description } => {
            if by_code && !description.is_empty() {
                let rule = "no description where the status code tells the reason";
                add(Should, rule, format!("{description:?}"));
            }
        }
        _ => add(strength, &format!("{what_ended} is an error"), found),
    }
    match error_type.as_deref() {
        None | Some("") => {
            // Conditionally required where the request has ended with an error; whether a client that went away is one
            // is only a recommendation.
            let (strength, what_ended) = match end {
                End::Cancelled => (Should, what_ended),
                _ => (Must, "what ended with an error"),
            };
            let rule = format!("{what_ended} has an error.type");
            add(strength, &rule, "it is missing".to_owned());
        }
        Some(error_type) if error_type.len() > 64 || error_type.contains(['{', '(', '/']) => {
            add(
                Should,
                "error.type has low cardinality",
                error_type.to_owned(),
            );
        }
        Some(_) => {}
    }
}

/// The duration metric of one request tells the same as its span.
pub(super) fn measured(
    metric: &str,
    span: &SpanView,
    point: &MetricPoint,
    violations: &mut Vec<Violation>,
) {
    let mut add = |strength, rule: String, found: String| {
        violations.push(Violation::new(
            strength,
            &point.name,
            rule,
            section::HTTP_METRICS,
            found,
        ));
    };
    let of_span = span.duration.as_secs_f64();
    // Two clocks, or one that is read twice.
    if (of_span - point.sum()).abs() > 0.02 {
        let rule = "the value is the span's duration".to_owned();
        add(
            Should,
            rule,
            format!("{} s, the span {of_span} s", point.sum()),
        );
    }
    if let Some(metric) = REGISTRY.metric(metric) {
        for attribute in &point.key_values {
            let key = attribute.key.as_str();
            let of_span = span.get(key).map(text);
            let differs = of_span.is_some_and(|of_span| of_span != text(&attribute.value));
            if differs && REGISTRY.level(&metric.group, key).is_some() {
                let rule = format!("{key} is the span's");
                add(Must, rule, text(&attribute.value));
            }
        }
    }
    let is_missing = |attributes: &[KeyValue]| find(attributes, "error.type").is_none();
    if is_missing(&point.key_values) != is_missing(&span.data.attributes) {
        let rule = "error.type is the span's".to_owned();
        let found = format!(
            "{:?}, the span {:?}",
            point.get("error.type"),
            span.text("error.type")
        );
        add(Must, rule, found);
    }
}

/// A request lasted about as long as it takes.
pub(super) fn lasted(
    what: &str,
    rule: &str,
    section: &'static str,
    lasted: Duration,
    at_least: Duration,
    below: Duration,
    violations: &mut Vec<Violation>,
) {
    if lasted < at_least || lasted >= below {
        let found = format!("{lasted:?}, not {at_least:?} to {below:?}");
        violations.push(Violation::new(Should, what, rule, section, found));
    }
}

/// Nothing secret was recorded.
pub(super) fn secrets(
    what: &str,
    spans: &[SpanView],
    points: &[MetricPoint],
    violations: &mut Vec<Violation>,
) {
    let mut found: Vec<String> = Vec::new();
    for span in spans {
        let keys = span.attributes().into_iter();
        found.extend(
            keys.filter(|(_, value)| value.contains(SECRET))
                .map(|(key, _)| key),
        );
        if format!("{:?} {:?} {:?}", span.name, span.status, span.data.events).contains(SECRET) {
            found.push("name, status or events".to_owned());
        }
    }
    for point in points {
        let keys = point.attributes.iter();
        found.extend(
            keys.filter(|(_, value)| value.contains(SECRET))
                .map(|(key, _)| format!("{} {key}", point.name)),
        );
    }
    if !found.is_empty() {
        let rule = "secrets of headers and queries are not recorded";
        let found = found.join(", ");
        violations.push(Violation::new(
            Should,
            what,
            rule,
            section::SENSITIVE,
            found,
        ));
    }
}

/// The sum of the points of an up-down counter; `None` if there is no such metric.
pub(super) fn gauge(capture: &Capture, name: &str) -> Option<f64> {
    let points = capture.metric(name);
    (!points.is_empty()).then(|| points.iter().map(MetricPoint::number).sum())
}

/// Asks until it is so, or a time has passed.
pub(super) async fn until(at_most: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + at_most;
    while !is_so() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
