use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::super::{
    Bucket, ConsoleMetricExporter, Distribution, Metric, Number, Point, PointValue, Style,
    render_metrics,
};
use super::*;

fn metric(name: &str, unit: &str, points: Vec<Point>) -> Metric {
    Metric {
        service: String::new(),
        name: name.into(),
        unit: unit.into(),
        points,
    }
}

fn number(value: Number, attributes: &[(&str, &str)]) -> Point {
    let attributes = attributes
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect();
    Point {
        attributes,
        value: PointValue::Number(value),
    }
}

#[test]
fn metrics_of_the_sdk_are_one_aligned_table() {
    let written = Written::default();
    let exporter = ConsoleMetricExporter::to(Box::new(written.clone()), Style::plain());
    let reader = PeriodicReader::builder(exporter)
        .with_interval(Duration::from_secs(3600))
        .build();
    let provider = SdkMeterProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("users").build())
        .with_reader(reader)
        .build();
    let meter = provider.meter("test");
    let route = |route: &'static str| [KeyValue::new("http.route", route)];
    let duration = meter
        .f64_histogram("http.server.request.duration")
        .with_unit("s");
    let duration = duration.with_boundaries(vec![0.01, 0.1, 1.0]).build();
    for _ in 0..99 {
        duration.record(0.005, &route("/users/{id}"));
    }
    duration.record(0.5, &route("/users/{id}"));
    duration.record(0.02, &route("/"));
    meter
        .i64_up_down_counter("http.server.active_requests")
        .with_unit("{request}")
        .build()
        .add(2, &[]);
    meter
        .u64_counter("jobs")
        .build()
        .add(u64::MAX, &route("\x1b[2J"));
    provider.force_flush().unwrap();
    assert_eq!(
        written.text(),
        "\
metrics of users              unit                      value  count     mean     p50~     p99~       max  attributes
http.server.active_requests   {request}                     2
http.server.request.duration  s                                    1  20.0 ms  20.0 ms  20.0 ms   20.0 ms  http.route=/
                                                                 100   9.9 ms   7.5 ms  10.0 ms  500.0 ms  http.route=/users/{id}
jobs                                     18446744073709551615                                              http.route=\\u{1b}[2J
"
    );
    assert_eq!(written.writes().len(), 1);
    provider.shutdown().unwrap();
}

#[test]
fn columns_that_nothing_fills_are_left_out() {
    let metrics = [
        metric("b", "", vec![number(Number::Int(-3), &[])]),
        metric("a", "", vec![number(Number::Double(0.125), &[])]),
    ];
    assert_eq!(
        render_metrics(&metrics, &Style::plain()),
        "\
metric  value
a       0.125
b          -3
"
    );
}

#[test]
fn rows_are_bounded_and_the_rest_is_counted() {
    let points = (0..10)
        .map(|n| number(Number::Int(n), &[("n", &n.to_string())]))
        .collect();
    let mut style = Style::plain();
    style.max_rows = 2;
    assert_eq!(
        render_metrics(&[metric("a", "By", points)], &style),
        "\
metric  unit  value  attributes
a       By        0  n=0
                  1  n=1
… 8 points more
"
    );
}

#[test]
fn nothing_is_drawn_for_no_points() {
    assert_eq!(
        render_metrics(&[metric("a", "", Vec::new())], &Style::plain()),
        ""
    );
}

#[test]
fn metrics_of_otlp_are_drawn_with_the_same_table() {
    let metric = |name: &str, data| otlp::Metric {
        name: name.to_owned(),
        unit: "By".to_owned(),
        data: Some(data),
        ..Default::default()
    };
    let explicit = otlp::HistogramDataPoint {
        count: 4,
        sum: Some(10.0),
        explicit_bounds: vec![2.0, 4.0],
        bucket_counts: vec![2, 2, 0],
        ..Default::default()
    };
    let number = otlp::NumberDataPoint {
        value: Some(otlp::number_data_point::Value::AsDouble(1234.567)),
        ..Default::default()
    };
    let message = otlp::ResourceMetrics {
        scope_metrics: vec![otlp::ScopeMetrics {
            metrics: vec![
                metric(
                    "h",
                    Data::Histogram(otlp::Histogram {
                        data_points: vec![explicit],
                        ..Default::default()
                    }),
                ),
                metric(
                    "g",
                    Data::Gauge(otlp::Gauge {
                        data_points: vec![number, otlp::NumberDataPoint::default()],
                    }),
                ),
            ],
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(
        render_metrics(&Metric::from_proto(&message), &Style::plain()),
        "\
metric  unit  value  count  mean  p50~  p99~  max
g       By     1235
h       By               4   2.5     2  3.96    4
"
    );
}

#[test]
fn quantiles_are_read_from_buckets() {
    let mut of = Distribution {
        count: 100,
        buckets: Distribution::explicit(&[10.0, 20.0], &[50, 50, 0]),
        ..Distribution::default()
    };
    assert_eq!(of.quantile(0.75), Some(15.0));
    assert_eq!(of.quantile(1.0), Some(20.0));
    // Open below: only the bound is known, until the minimum is.
    assert_eq!(of.quantile(0.25), Some(10.0));
    of.min = Some(0.0);
    assert_eq!(of.quantile(0.25), Some(5.0));
    assert_eq!(Distribution::default().quantile(0.5), None);
    assert_eq!(of.mean(), None);
}

#[test]
fn exponential_buckets_go_from_negative_to_positive() {
    let buckets = Distribution::exponential(0, (0.5, 3), (1, &[1, 2]), (-1, &[4, 0, 5]));
    let bucket = |low, high, count| Bucket { low, high, count };
    assert_eq!(
        buckets,
        [
            bucket(-8.0, -4.0, 2),
            bucket(-4.0, -2.0, 1),
            bucket(-0.5, 0.5, 3),
            bucket(0.5, 1.0, 4),
            bucket(2.0, 4.0, 5),
        ]
    );
}
