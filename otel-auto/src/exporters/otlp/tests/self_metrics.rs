use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use otel_auto_testing::receiver::{Behaviour, Receiver};

use super::*;

/// Every point as `name{attribute=value,…}=value`, without the attributes that all of them have.
fn measured(provider: &SdkMeterProvider, read: &InMemoryMetricExporter) -> Vec<String> {
    provider.force_flush().unwrap();
    let collected = read.get_finished_metrics().unwrap();
    let mut lines = Vec::new();
    let scopes = collected.last().unwrap().scope_metrics();
    for metric in scopes.flat_map(|scope| scope.metrics()) {
        let mut add = |attributes: &mut dyn Iterator<Item = &KeyValue>, value: String| {
            let mut attributes: Vec<_> = attributes
                .filter(|attribute| !attribute.key.as_str().starts_with("server."))
                .filter(|attribute| attribute.key.as_str() != "otel.component.name")
                .map(|attribute| format!("{}={}", attribute.key, attribute.value))
                .collect();
            attributes.sort();
            lines.push(format!(
                "{}{{{}}}={value}",
                metric.name(),
                attributes.join(",")
            ));
        };
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => sum
                .data_points()
                .for_each(|point| add(&mut point.attributes(), point.value().to_string())),
            AggregatedMetrics::I64(MetricData::Sum(sum)) => sum
                .data_points()
                .for_each(|point| add(&mut point.attributes(), point.value().to_string())),
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => histogram
                .data_points()
                .for_each(|point| add(&mut point.attributes(), point.count().to_string())),
            other => panic!("{other:?}"),
        }
    }
    lines.sort();
    lines
}

#[test]
fn every_export_is_counted_once_with_what_became_of_its_items() {
    for (protocol, kind, status) in [
        (
            Protocol::HttpProtobuf,
            "otlp_http_span_exporter",
            ("401", "http.response.status_code=401"),
        ),
        (
            Protocol::Grpc,
            "otlp_grpc_span_exporter",
            (
                "UNAUTHENTICATED",
                "rpc.response.status_code=UNAUTHENTICATED",
            ),
        ),
    ] {
        let read = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(read.clone()).build())
            .build();
        let receiver = Receiver::start();
        let probe = Probe::new(&at(protocol, &receiver.endpoint(), Signal::Traces));
        probe.exports.measure(provider.meter("tests"));
        probe.export(&["a", "b"]).unwrap();
        receiver.once(Behaviour::refuse(401));
        probe.export(&["a", "b", "c"]).unwrap_err();
        receiver.once(Behaviour::partial(1, "too old"));
        probe.export(&["a", "b", "c", "d"]).unwrap();
        // Retried once: counted once.
        receiver.once(Behaviour::refuse(503).retry_after(SECOND / 10));
        probe.export(&["a"]).unwrap();
        let (error, code) = status;
        let component = format!("otel.component.type={kind}");
        let mut expected = vec![
            format!("otel.sdk.exporter.operation.duration{{{component}}}=2"),
            format!("otel.sdk.exporter.operation.duration{{error.type=rejected,{component}}}=1"),
            format!("otel.sdk.exporter.span.exported{{{component}}}=6"),
            format!("otel.sdk.exporter.span.exported{{error.type={error},{component}}}=3"),
            format!("otel.sdk.exporter.span.exported{{error.type=rejected,{component}}}=1"),
            format!("otel.sdk.exporter.span.inflight{{{component}}}=0"),
        ];
        let mut refused = [format!("error.type={error}"), code.to_owned(), component];
        refused.sort();
        expected.push(format!(
            "otel.sdk.exporter.operation.duration{{{}}}=1",
            refused.join(",")
        ));
        expected.sort();
        assert_eq!(measured(&provider, &read), expected);
    }
}
