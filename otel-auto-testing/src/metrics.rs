//! Metric points, easy to assert on.

use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

use crate::span::text;

/// One point of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPoint {
    /// The metric's name.
    pub name: String,
    /// The metric's unit.
    pub unit: String,
    /// What the metric says of itself.
    pub description: String,
    /// What measures it.
    pub instrument: Instrument,
    /// The scope of the meter.
    pub scope: InstrumentationScope,
    /// The point's attributes as text, sorted by key.
    pub attributes: Vec<(String, String)>,
    /// The point's attributes, as the SDK gave them.
    pub key_values: Vec<KeyValue>,
    /// What was measured.
    pub value: MetricValue,
}

/// What measures a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instrument {
    /// A sum that only grows.
    Counter,
    /// A sum that goes up and down.
    UpDownCounter,
    /// The last value.
    Gauge,
    /// A distribution, in buckets of any kind.
    Histogram,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MetricValue {
    /// Of a counter, an up-down counter or a gauge.
    Number(f64),
    /// Of a histogram.
    Histogram {
        /// The number of recordings.
        count: u64,
        /// Their sum.
        sum: f64,
        /// The bounds between the buckets.
        bounds: Vec<f64>,
    },
}

impl MetricPoint {
    /// An attribute; empty if the point has none of this key.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.attributes
            .iter()
            .find(|(name, _)| name == key)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn value_of(&self, key: &str) -> Option<&Value> {
        let mut all = self.key_values.iter();
        all.find(|attribute| attribute.key.as_str() == key)
            .map(|attribute| &attribute.value)
    }

    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&str, &Value)> {
        // `attributes` is.
        let keys = self.attributes.iter().map(|(key, _)| key.as_str());
        keys.filter_map(|key| Some((key, self.value_of(key)?)))
    }

    /// The number, or the count of a histogram.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn number(&self) -> f64 {
        match self.value {
            MetricValue::Number(number) => number,
            MetricValue::Histogram { count, .. } => count as f64,
        }
    }

    /// The sum of a histogram, or the number.
    #[must_use]
    pub fn sum(&self) -> f64 {
        match self.value {
            MetricValue::Number(number) => number,
            MetricValue::Histogram { sum, .. } => sum,
        }
    }
}

pub(crate) fn points(collected: &[ResourceMetrics]) -> Vec<MetricPoint> {
    let mut points = Vec::new();
    let metrics = collected
        .iter()
        .flat_map(ResourceMetrics::scope_metrics)
        .flat_map(|scope| scope.metrics().map(|metric| (scope.scope(), metric)));
    for (scope, metric) in metrics {
        let instrument = instrument(metric.data());
        let mut push = |attributes: &mut dyn Iterator<Item = &KeyValue>, value| {
            let key_values: Vec<_> = attributes.cloned().collect();
            let mut attributes: Vec<_> = key_values
                .iter()
                .map(|attribute| (attribute.key.as_str().to_owned(), text(&attribute.value)))
                .collect();
            attributes.sort();
            points.push(MetricPoint {
                name: metric.name().to_owned(),
                unit: metric.unit().to_owned(),
                description: metric.description().to_owned(),
                instrument,
                scope: scope.clone(),
                attributes,
                key_values,
                value,
            });
        };
        match metric.data() {
            AggregatedMetrics::F64(data) => each(data, |number| number, &mut push),
            AggregatedMetrics::I64(data) => each(data, |number| number as f64, &mut push),
            AggregatedMetrics::U64(data) => each(data, |number| number as f64, &mut push),
        }
    }
    points.sort_by(|a, b| (&a.name, &a.attributes).cmp(&(&b.name, &b.attributes)));
    points
}

fn instrument(data: &AggregatedMetrics) -> Instrument {
    fn of<T>(data: &MetricData<T>) -> Instrument {
        match data {
            MetricData::Sum(sum) if sum.is_monotonic() => Instrument::Counter,
            MetricData::Sum(_) => Instrument::UpDownCounter,
            MetricData::Gauge(_) => Instrument::Gauge,
            MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => Instrument::Histogram,
        }
    }
    match data {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
    }
}

type Push<'a> = dyn FnMut(&mut dyn Iterator<Item = &KeyValue>, MetricValue) + 'a;

fn each<T: Copy>(data: &MetricData<T>, number: impl Fn(T) -> f64, push: &mut Push<'_>) {
    match data {
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                push(
                    &mut point.attributes(),
                    MetricValue::Number(number(point.value())),
                );
            }
        }
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                push(
                    &mut point.attributes(),
                    MetricValue::Number(number(point.value())),
                );
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                let value = MetricValue::Histogram {
                    count: point.count(),
                    sum: number(point.sum()),
                    bounds: point.bounds().collect(),
                };
                push(&mut point.attributes(), value);
            }
        }
        MetricData::ExponentialHistogram(histogram) => {
            for point in histogram.data_points() {
                let value = MetricValue::Histogram {
                    count: point.count() as u64,
                    sum: number(point.sum()),
                    bounds: Vec::new(),
                };
                push(&mut point.attributes(), value);
            }
        }
    }
}
