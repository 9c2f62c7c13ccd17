//! Metrics of OTLP messages, as metrics to draw.

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, ResourceMetrics,
    SummaryDataPoint,
};

use super::super::from_proto::{attributes, service_name};
use super::super::model::bounded;
use super::{Distribution, Metric, Number, Point, PointValue};

impl Metric {
    /// Takes over all metrics of one `ResourceMetrics` message. Points without a value are left out.
    #[must_use]
    pub fn from_proto(message: &ResourceMetrics) -> Vec<Self> {
        let service = service_name(message.resource.as_ref());
        let metrics = message
            .scope_metrics
            .iter()
            .flat_map(|scope| &scope.metrics);
        metrics
            .map(|metric| Self {
                service: service.clone(),
                name: bounded(metric.name.clone()),
                unit: bounded(metric.unit.clone()),
                points: metric.data.as_ref().map_or_else(Vec::new, points),
            })
            .collect()
    }
}

fn points(data: &Data) -> Vec<Point> {
    match data {
        Data::Gauge(gauge) => gauge.data_points.iter().filter_map(number).collect(),
        Data::Sum(sum) => sum.data_points.iter().filter_map(number).collect(),
        Data::Histogram(data) => data.data_points.iter().map(explicit).collect(),
        Data::ExponentialHistogram(data) => data.data_points.iter().map(exponential).collect(),
        Data::Summary(data) => data.data_points.iter().map(summary).collect(),
    }
}

fn number(point: &NumberDataPoint) -> Option<Point> {
    let value = match point.value? {
        Value::AsDouble(value) => Number::Double(value),
        Value::AsInt(value) => Number::Int(value),
    };
    Some(Point {
        attributes: attributes(&point.attributes),
        value: PointValue::Number(value),
    })
}

fn explicit(point: &HistogramDataPoint) -> Point {
    Point {
        attributes: attributes(&point.attributes),
        value: PointValue::Distribution(Distribution {
            count: point.count,
            sum: point.sum,
            min: point.min,
            max: point.max,
            buckets: Distribution::explicit(&point.explicit_bounds, &point.bucket_counts),
        }),
    }
}

fn exponential(point: &ExponentialHistogramDataPoint) -> Point {
    let negative = point.negative.as_ref();
    let positive = point.positive.as_ref();
    Point {
        attributes: attributes(&point.attributes),
        value: PointValue::Distribution(Distribution {
            count: point.count,
            sum: point.sum,
            min: point.min,
            max: point.max,
            buckets: Distribution::exponential(
                point.scale,
                (point.zero_threshold, point.zero_count),
                negative.map_or((0, &[]), |side| (side.offset, &side.bucket_counts)),
                positive.map_or((0, &[]), |side| (side.offset, &side.bucket_counts)),
            ),
        }),
    }
}

/// Its quantiles were computed by the sender and are not those of the table.
fn summary(point: &SummaryDataPoint) -> Point {
    Point {
        attributes: attributes(&point.attributes),
        value: PointValue::Distribution(Distribution {
            count: point.count,
            sum: Some(point.sum),
            ..Distribution::default()
        }),
    }
}
