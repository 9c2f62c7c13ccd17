//! The points of one metric, to be narrowed down and summed up.

use std::ops::{Deref, DerefMut};

use crate::{Expected, MetricPoint, MetricValue};

/// Points of one metric, sorted by their attributes: see [`Capture::metric`](crate::Capture::metric).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points(pub Vec<MetricPoint>);

impl Points {
    /// Those that have these attributes, and maybe others.
    ///
    /// ```
    /// # use otel_auto_testing::Capture;
    /// # let telemetry = Capture::new();
    /// let orders = telemetry.metric("shop.orders").with([("shop.kind", "book")]);
    /// assert_eq!(orders.value(), 0.0);
    /// ```
    #[must_use]
    pub fn with<K: AsRef<str>, V: Into<Expected>>(
        self,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let wanted: Vec<_> = attributes
            .into_iter()
            .map(|(key, value)| (key.as_ref().to_owned(), value.into()))
            .collect();
        self.matching(&wanted)
    }

    pub(crate) fn matching(mut self, wanted: &[(String, Expected)]) -> Self {
        self.0.retain(|point| {
            wanted
                .iter()
                .all(|(key, value)| value.is(point.value_of(key)))
        });
        self
    }

    /// How often a histogram was recorded; of other instruments, the number of points.
    #[must_use]
    pub fn count(&self) -> u64 {
        let count = |point: &MetricPoint| match point.value {
            MetricValue::Histogram { count, .. } => count,
            MetricValue::Number(_) => 1,
        };
        self.0.iter().map(count).sum()
    }

    /// The sum of the counters, gauges or of what a histogram has recorded.
    #[must_use]
    pub fn value(&self) -> f64 {
        // An empty sum of floats is -0.
        self.0
            .iter()
            .map(MetricPoint::sum)
            .fold(0.0, |all, one| all + one)
    }
}

impl Deref for Points {
    type Target = Vec<MetricPoint>;

    fn deref(&self) -> &Vec<MetricPoint> {
        &self.0
    }
}

impl DerefMut for Points {
    fn deref_mut(&mut self) -> &mut Vec<MetricPoint> {
        &mut self.0
    }
}

impl IntoIterator for Points {
    type Item = MetricPoint;
    type IntoIter = std::vec::IntoIter<MetricPoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Points {
    type Item = &'a MetricPoint;
    type IntoIter = std::slice::Iter<'a, MetricPoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Points> for Vec<MetricPoint> {
    fn from(points: Points) -> Self {
        points.0
    }
}
