//! What a log record is expected to be.

use opentelemetry::{Value, logs::Severity};

use super::{
    diff::{Diff, LEGEND},
    nearest::nearest,
    report,
    span::diff_attributes,
    value::{Expected, absent},
};
use crate::{Capture, LogView};

/// What [`assert_log!`](crate::assert_log) expects; nothing of what it is not told.
#[derive(Debug, Clone)]
#[must_use]
pub struct ExpectedLog {
    body: String,
    severity: Option<Severity>,
    span: Option<Expected>,
    event_name: Option<String>,
    target: Option<String>,
    attributes: Vec<(String, Expected)>,
}

impl ExpectedLog {
    /// A record of this body: the message of a `tracing` event.
    pub fn new(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            severity: None,
            span: None,
            event_name: None,
            target: None,
            attributes: Vec::new(),
        }
    }

    /// Its severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// The name of the span that it belongs to: `(not captured)` if that has not ended, or was not recorded.
    pub fn span(mut self, name: impl Into<Expected>) -> Self {
        self.span = Some(name.into());
        self
    }

    /// It belongs to no span.
    pub fn no_span(self) -> Self {
        self.span(absent())
    }

    /// Its event's name.
    pub fn event_name(mut self, name: impl Into<String>) -> Self {
        self.event_name = Some(name.into());
        self
    }

    /// Its target.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// One of its attributes.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Expected>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    pub(crate) fn find(&self, capture: &Capture) -> Result<LogView, String> {
        let logs = capture.logs();
        let body = &self.body;
        let mut diffs = Vec::new();
        for log in logs.iter().filter(|log| log.body == *body) {
            let diff = self.diff(log, capture);
            if diff.wrong() == 0 {
                return Ok(log.clone());
            }
            diffs.push(diff);
        }
        let mut problem = match diffs.iter().min_by_key(|diff| diff.wrong()) {
            Some(diff) => format!("log record {body:?} is not as expected:\n\n{diff}{LEGEND}"),
            None => match nearest(body, logs.iter().map(|log| log.body.as_str())) {
                Some(nearest) => format!("no log record {body:?}; the nearest is {nearest:?}\n"),
                None => format!("no log record {body:?}\n"),
            },
        };
        problem.push_str(&report::logs(capture));
        Err(problem)
    }

    fn diff(&self, log: &LogView, capture: &Capture) -> Diff {
        let mut diff = Diff::default();
        let quoted = |text: &String| format!("{text:?}");
        match (self.severity, log.severity) {
            (expected, Some(captured)) => {
                diff.compare("severity", expected.as_ref(), &captured, |it| {
                    it.name().to_owned()
                });
            }
            (Some(expected), None) => diff.check("severity", false, expected.name(), "none"),
            (None, None) => {}
        }
        let name = log.span_id.map(|id| {
            let spans = capture.spans();
            let span = spans.into_iter().find(|span| span.span_id == id);
            Value::from(span.map_or_else(|| "(not captured)".to_owned(), |span| span.name))
        });
        diff.check_value("span", self.span.as_ref(), name.as_ref());
        if self.event_name.is_some() {
            diff.compare(
                "event name",
                self.event_name.as_ref(),
                &log.event_name,
                quoted,
            );
        }
        if self.target.is_some() {
            diff.compare("target", self.target.as_ref(), &log.target, quoted);
        }
        let mut attributes: Vec<(&str, &Value)> = log
            .attributes
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect();
        attributes.sort_by_key(|(key, _)| *key);
        diff_attributes(&mut diff, &self.attributes, false, &attributes);
        diff
    }
}
