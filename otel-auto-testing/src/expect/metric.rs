//! What a metric is expected to be.

use super::{
    diff::{Diff, LEGEND},
    nearest::nearest,
    report,
    value::Expected,
};
use crate::{Capture, Points};

/// What [`assert_metric!`](crate::assert_metric) expects of the points of one metric that have certain attributes.
#[derive(Debug, Clone)]
#[must_use]
pub struct ExpectedMetric {
    name: String,
    unit: Option<String>,
    count: Option<u64>,
    value: Option<f64>,
    attributes: Vec<(String, Expected)>,
}

impl ExpectedMetric {
    /// A metric of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: None,
            count: None,
            value: None,
            attributes: Vec::new(),
        }
    }

    /// Its unit.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// [`Points::count`]: how often a histogram was recorded.
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// [`Points::value`]: the sum of counters, gauges, or of what a histogram has recorded.
    pub fn value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    /// An attribute of the points that are looked at. There must be one.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Expected>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    #[allow(clippy::float_cmp)] // what was recorded, not what was computed
    pub(crate) fn find(&self, capture: &Capture) -> Result<Points, String> {
        let all = capture.metrics();
        let name = &self.name;
        let points = capture.metric(name);
        let is_captured = !points.is_empty();
        let points = points.matching(&self.attributes);
        let mut problem = if let Some(point) = points.first() {
            let mut diff = Diff::default();
            diff.compare("unit", self.unit.as_ref(), &point.unit, |unit| {
                format!("{unit:?}")
            });
            if self.count.is_some() {
                diff.compare(
                    "count",
                    self.count.as_ref(),
                    &points.count(),
                    u64::to_string,
                );
            }
            if self.value.is_some() {
                diff.compare(
                    "value",
                    self.value.as_ref(),
                    &points.value(),
                    f64::to_string,
                );
            }
            if diff.wrong() == 0 {
                return Ok(points);
            }
            format!(
                "metric {name:?}{} is not as expected:\n\n{diff}{LEGEND}",
                self.with()
            )
        } else if is_captured {
            format!("metric {name:?} has no point{}\n", self.with())
        } else {
            match nearest(name, all.iter().map(|point| point.name.as_str())) {
                Some(nearest) => format!("no metric named {name:?}; the nearest is {nearest:?}\n"),
                None => format!("no metric named {name:?}\n"),
            }
        };
        problem.push_str(&report::metrics(capture));
        Err(problem)
    }

    fn with(&self) -> String {
        let attributes = self.attributes.iter();
        let attributes: Vec<_> = attributes
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        if attributes.is_empty() {
            return String::new();
        }
        format!(" with {}", attributes.join(", "))
    }
}
