//! Metrics of the SDK, as metrics to draw.

use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, ExponentialHistogramDataPoint, HistogramDataPoint, MetricData,
    ResourceMetrics,
};

use super::super::from_sdk::{attributes, service_name};
use super::{Distribution, Metric, Number, Point, PointValue};

impl Metric {
    /// Takes over a collection of the SDK.
    #[must_use]
    pub fn from_sdk(collection: &ResourceMetrics) -> Vec<Self> {
        let service = service_name(collection.resource());
        let metrics = collection.scope_metrics().flat_map(|scope| scope.metrics());
        metrics
            .map(|metric| Self {
                service: service.clone(),
                name: metric.name().to_owned(),
                unit: metric.unit().to_owned(),
                points: match metric.data() {
                    AggregatedMetrics::F64(data) => points(data, Number::Double),
                    AggregatedMetrics::U64(data) => points(data, Number::Uint),
                    AggregatedMetrics::I64(data) => points(data, Number::Int),
                },
            })
            .collect()
    }
}

fn points<T: Copy>(data: &MetricData<T>, number: fn(T) -> Number) -> Vec<Point> {
    let float = |value: T| number(value).as_f64();
    match data {
        MetricData::Gauge(gauge) => gauge
            .data_points()
            .map(|point| Point {
                attributes: attributes(point.attributes()),
                value: PointValue::Number(number(point.value())),
            })
            .collect(),
        MetricData::Sum(sum) => sum
            .data_points()
            .map(|point| Point {
                attributes: attributes(point.attributes()),
                value: PointValue::Number(number(point.value())),
            })
            .collect(),
        MetricData::Histogram(histogram) => histogram
            .data_points()
            .map(|point| Point {
                attributes: attributes(point.attributes()),
                value: PointValue::Distribution(explicit(point, float)),
            })
            .collect(),
        MetricData::ExponentialHistogram(histogram) => histogram
            .data_points()
            .map(|point| Point {
                attributes: attributes(point.attributes()),
                value: PointValue::Distribution(exponential(point, float)),
            })
            .collect(),
    }
}

fn explicit<T: Copy>(point: &HistogramDataPoint<T>, float: impl Fn(T) -> f64) -> Distribution {
    let bounds: Vec<_> = point.bounds().collect();
    let counts: Vec<_> = point.bucket_counts().collect();
    Distribution {
        count: point.count(),
        sum: Some(float(point.sum())),
        min: point.min().map(&float),
        max: point.max().map(&float),
        buckets: Distribution::explicit(&bounds, &counts),
    }
}

fn exponential<T: Copy>(
    point: &ExponentialHistogramDataPoint<T>,
    float: impl Fn(T) -> f64,
) -> Distribution {
    let (negative, positive) = (point.negative_bucket(), point.positive_bucket());
    let below: Vec<_> = negative.counts().collect();
    let above: Vec<_> = positive.counts().collect();
    Distribution {
        count: point.count() as u64,
        sum: Some(float(point.sum())),
        min: point.min().map(&float),
        max: point.max().map(&float),
        buckets: Distribution::exponential(
            point.scale().into(),
            (point.zero_threshold(), point.zero_count()),
            (negative.offset(), &below),
            (positive.offset(), &above),
        ),
    }
}
