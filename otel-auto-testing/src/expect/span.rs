//! What a span is expected to be.

use std::fmt;

use opentelemetry::{
    SpanId, Value,
    trace::{SpanKind, Status},
};

use super::{
    diff::{Diff, LEGEND},
    nearest::nearest,
    report,
    value::{Expected, absent},
};
use crate::{Capture, SpanView};

/// What [`assert_span!`](crate::assert_span) expects; nothing of what it is not told.
#[derive(Debug, Clone)]
#[must_use]
pub struct ExpectedSpan {
    name: String,
    kind: Option<SpanKind>,
    status: Option<ExpectedStatus>,
    parent: Option<Expected>,
    scope: Option<String>,
    events: Option<Vec<String>>,
    attributes: Vec<(String, Expected)>,
    only_attributes: bool,
    times: Option<usize>,
}

/// The status that a span is expected to have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExpectedStatus {
    /// Neither a success nor an error, as most spans are.
    Unset,
    /// Said to be a success.
    Ok,
    /// An error, whatever its description.
    Error,
    /// An error of this description.
    Described(String),
}

impl ExpectedStatus {
    fn is(&self, captured: &Status) -> bool {
        match (self, captured) {
            (Self::Unset, Status::Unset)
            | (Self::Ok, Status::Ok)
            | (Self::Error, Status::Error { .. }) => true,
            (Self::Described(expected), Status::Error { description }) => expected == description,
            _ => false,
        }
    }
}

impl fmt::Display for ExpectedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("Unset"),
            Self::Ok => f.write_str("Ok"),
            Self::Error => f.write_str("Error"),
            Self::Described(description) => write!(f, "Error({description:?})"),
        }
    }
}

impl ExpectedSpan {
    /// A span of this name, at its end.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: None,
            status: None,
            parent: None,
            scope: None,
            events: None,
            attributes: Vec::new(),
            only_attributes: false,
            times: None,
        }
    }

    /// Its kind.
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Its status.
    pub fn status(mut self, status: ExpectedStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// The name of its parent: `(remote)` if that is of another process, `(not captured)` if it has not ended, or was
    /// not recorded.
    pub fn parent(mut self, name: impl Into<Expected>) -> Self {
        self.parent = Some(name.into());
        self
    }

    /// It has no parent, in this process or another.
    pub fn root(self) -> Self {
        self.parent(absent())
    }

    /// The name of its instrumentation scope.
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scope = Some(name.into());
        self
    }

    /// The names of its events, all of them, in their order.
    pub fn events<E: Into<String>>(mut self, names: impl IntoIterator<Item = E>) -> Self {
        self.events = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// One of its attributes.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Expected>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// It has no attributes but those that are named.
    pub fn only_attributes(mut self) -> Self {
        self.only_attributes = true;
        self
    }

    /// There are so many such spans; otherwise at least one.
    ///
    /// # Panics
    ///
    /// If it is 0: that is [`Capture::expect_no_span`].
    pub fn times(mut self, times: usize) -> Self {
        assert_ne!(times, 0, "that there is none is `expect_no_span`");
        self.times = Some(times);
        self
    }

    pub(crate) fn find(&self, capture: &Capture) -> Result<SpanView, String> {
        let spans = capture.spans();
        let (named, others): (Vec<_>, Vec<_>) =
            spans.iter().partition(|span| span.name == self.name);
        let mut diffs: Vec<_> = named.iter().map(|span| self.diff(span, &spans)).collect();
        let is_as_expected = |(_, diff): &(&&SpanView, &Diff)| diff.wrong() == 0;
        let found: Vec<_> = named.iter().zip(&diffs).filter(is_as_expected).collect();
        let found_times = found.len();
        if let Some((span, _)) = found.into_iter().next() {
            if self.times.is_none_or(|times| times == found_times) {
                return Ok((*span).clone());
            }
        }
        diffs.retain(|diff| diff.wrong() > 0);
        let closest = diffs.iter().min_by_key(|diff| diff.wrong());
        let mut problem = match (named.len(), closest) {
            (0, _) => match nearest(&self.name, others.iter().map(|span| span.name.as_str())) {
                Some(nearest) => format!(
                    "no span named {:?}; the nearest is {nearest:?}\n",
                    self.name
                ),
                None => format!("no span named {:?}\n", self.name),
            },
            (1, Some(diff)) => {
                format!("span {:?} is not as expected:\n\n{diff}{LEGEND}", self.name)
            }
            (all, Some(diff)) if found_times == 0 => format!(
                "none of the {all} spans named {:?} is as expected; the nearest:\n\n{diff}{LEGEND}",
                self.name
            ),
            (all, Some(diff)) => format!(
                "{found_times} of {all} spans named {:?} are as expected{}; the nearest of the others:\n\n{diff}{LEGEND}",
                self.name,
                self.times
                    .map_or(String::new(), |times| format!(", not {times}")),
            ),
            (all, None) => format!(
                "{all} spans named {:?} are as expected, not {}\n",
                self.name,
                self.times.unwrap_or(1)
            ),
        };
        problem.push_str(&report::spans(capture));
        Err(problem)
    }

    fn diff(&self, span: &SpanView, all: &[SpanView]) -> Diff {
        let mut diff = Diff::default();
        diff.compare("kind", self.kind.as_ref(), &span.kind, |kind| {
            format!("{kind:?}")
        });
        let captured = match &span.status {
            Status::Unset => ExpectedStatus::Unset,
            Status::Ok => ExpectedStatus::Ok,
            Status::Error { description } => ExpectedStatus::Described(description.to_string()),
        };
        match &self.status {
            Some(expected) => diff.check("status", expected.is(&span.status), expected, captured),
            None => diff.note("status", captured),
        }
        self.diff_parent(&mut diff, span, all);
        if self.scope.is_some() {
            diff.compare("scope", self.scope.as_ref(), &span.scope, |name| {
                format!("{name:?}")
            });
        }
        let events: Vec<_> = span
            .data
            .events
            .iter()
            .map(|event| event.name.to_string())
            .collect();
        if self.events.is_some() || !events.is_empty() {
            diff.compare("events", self.events.as_ref(), &events, |names| {
                format!("{names:?}")
            });
        }
        let mut attributes: Vec<_> = span
            .data
            .attributes
            .iter()
            .map(|attribute| (attribute.key.as_str(), &attribute.value))
            .collect();
        attributes.sort_by_key(|(key, _)| *key);
        diff_attributes(
            &mut diff,
            &self.attributes,
            self.only_attributes,
            &attributes,
        );
        diff
    }

    fn diff_parent(&self, diff: &mut Diff, span: &SpanView, all: &[SpanView]) {
        let parent = all.iter().find(|other| other.span_id == span.parent);
        let name = match parent {
            _ if span.parent == SpanId::INVALID => None,
            Some(parent) => Some(parent.name.clone()),
            None if span.remote_parent => Some("(remote)".to_owned()),
            None => Some("(not captured)".to_owned()),
        };
        diff.check_value(
            "parent",
            self.parent.as_ref(),
            name.map(Value::from).as_ref(),
        );
    }
}

/// `captured` in the order in which they are to be shown.
pub(super) fn diff_attributes(
    diff: &mut Diff,
    expected: &[(String, Expected)],
    only: bool,
    captured: &[(&str, &Value)],
) {
    for (key, value) in captured {
        let expected = expected.iter().find(|(name, _)| name == key);
        match expected.map(|(_, expected)| expected) {
            None if only => diff.check_value(key, Some(&absent()), Some(value)),
            expected => diff.check_value(key, expected, Some(value)),
        }
    }
    for (key, expected) in expected {
        if !expected.is(None) && !captured.iter().any(|(name, _)| name == key) {
            diff.check_value(key, Some(expected), None);
        }
    }
}
