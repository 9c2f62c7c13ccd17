use opentelemetry::{
    Context,
    logs::{LogRecord, Logger, LoggerProvider},
    metrics::MeterProvider,
    trace::{Span, Tracer, TracerProvider},
};
use opentelemetry_sdk::{
    logs::SdkLoggerProvider,
    metrics::{PeriodicReader, SdkMeterProvider, Temporality},
    trace::SdkTracerProvider,
};
use otel_auto_testing::receiver::{Receiver, Transport};

use super::*;

fn deliver_all(protocol: Protocol, compression: Compression) {
    let receiver = Receiver::start();
    let (exports, lines) = exports();
    let to = |signal| Otlp {
        compression,
        ..at(protocol, &receiver.endpoint(), signal)
    };

    let traces = SdkTracerProvider::builder()
        .with_batch_exporter(OtlpSpanExporter::new(&to(Signal::Traces), &exports).unwrap())
        .with_resource(resource())
        .build();
    traces.tracer("tests").start("work").end();
    let reader = PeriodicReader::builder(
        OtlpMetricExporter::new(&to(Signal::Metrics), Temporality::Delta, &exports).unwrap(),
    );
    let metrics = SdkMeterProvider::builder()
        .with_reader(reader.build())
        .with_resource(resource())
        .build();
    metrics
        .meter("tests")
        .u64_counter("sales")
        .build()
        .add(3, &[]);
    let logs = SdkLoggerProvider::builder()
        .with_batch_exporter(OtlpLogExporter::new(&to(Signal::Logs), &exports).unwrap())
        .with_resource(resource())
        .build();
    let logger = logs.logger("tests");
    let mut record = logger.create_log_record();
    record.set_body("sold".into());
    logger.emit(record);

    traces.shutdown().unwrap();
    metrics.shutdown().unwrap();
    logs.shutdown().unwrap();
    exports.finish();

    let (spans, points, records) = (receiver.spans(), receiver.metrics(), receiver.logs());
    assert_eq!((spans.len(), points.len(), records.len()), (1, 1, 1));
    assert_eq!(spans[0].name, "work");
    assert_eq!(points[0].name, "sales");
    assert_eq!(records[0].body_text(), "sold");
    let services = [
        spans[0].resource_attribute("service.name"),
        points[0].resource_attribute("service.name"),
        records[0].resource_attribute("service.name"),
    ];
    assert_eq!(
        services,
        [const { Some("shop") }; 3].map(|name| name.map(str::to_owned))
    );
    let transport = match protocol {
        Protocol::Grpc => Transport::Grpc,
        Protocol::HttpProtobuf => Transport::HttpProtobuf,
        Protocol::HttpJson => Transport::HttpJson,
    };
    let encoding = match (protocol, compression) {
        (_, Compression::None) => None,
        (Protocol::Grpc, Compression::Gzip) => Some("grpc-encoding"),
        (_, Compression::Gzip) => Some("content-encoding"),
    };
    for request in receiver.requests() {
        assert_eq!(request.transport, transport);
        assert!(
            encoding.is_none_or(|name| request.header(name) == Some("gzip")),
            "{request:#?}"
        );
        let agent = request.header("user-agent").unwrap();
        assert!(
            agent.starts_with("otel-auto/") && agent.contains(" OTel-OTLP-Exporter-Rust/"),
            "{agent}"
        );
    }
    assert_eq!(lines.take(), [""; 0]);
}

#[test]
fn all_signals_arrive_over_http() {
    deliver_all(Protocol::HttpProtobuf, Compression::None);
}

#[test]
fn all_signals_arrive_over_http_with_gzip() {
    deliver_all(Protocol::HttpProtobuf, Compression::Gzip);
}

#[test]
fn all_signals_arrive_over_http_in_json() {
    deliver_all(Protocol::HttpJson, Compression::None);
    deliver_all(Protocol::HttpJson, Compression::Gzip);
}

#[test]
fn all_signals_arrive_over_grpc() {
    deliver_all(Protocol::Grpc, Compression::None);
}

#[test]
fn all_signals_arrive_over_grpc_with_gzip() {
    deliver_all(Protocol::Grpc, Compression::Gzip);
}

#[test]
fn a_batch_larger_than_the_http2_window_arrives() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::start();
        let probe = Probe::new(&at(protocol, &receiver.endpoint(), Signal::Traces));
        probe.export(&["many"; 20_000]).unwrap();
        assert_eq!(receiver.spans().len(), 20_000);
    }
}

#[test]
fn credentials_and_a_path_prefix_go_out_as_configured_and_are_not_shown() {
    let receiver = Receiver::start();
    let endpoint =
        format!("{}/api/default/v1/traces", receiver.endpoint()).replace("//", "//user:pw@");
    let settings = Otlp {
        headers: vec![
            ("authorization".to_owned(), "Basic cm9vdDpyb290".to_owned()),
            ("content-type".to_owned(), "text/plain".to_owned()),
        ],
        ..settings(Protocol::HttpProtobuf, &endpoint)
    };
    let probe = Probe::new(&settings);
    probe.export(&["work"]).unwrap();
    let request = &receiver.requests()[0];
    assert_eq!(request.path, "/api/default/v1/traces");
    assert_eq!(request.header("authorization"), Some("Basic cm9vdDpyb290"));
    assert_eq!(
        request.header("content-type"),
        Some("application/x-protobuf")
    );
    assert!(!format!("{:?}", probe.exporter).contains("cm9vdDpyb290"));
    assert!(!format!("{:?}", probe.exporter).contains("pw"));
}

#[test]
fn an_illegal_header_is_a_build_error_that_keeps_its_value_secret() {
    let settings = Otlp {
        headers: vec![("x-key".to_owned(), "secret\n".to_owned())],
        ..settings(Protocol::Grpc, "http://localhost:4317")
    };
    let (exports, _) = exports();
    let error = OtlpSpanExporter::new(&settings, &exports)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("x-key") && !error.contains("secret"),
        "{error}"
    );
}

#[test]
fn exporting_works_while_a_current_thread_runtime_is_blocked_by_it() {
    let receiver = Receiver::start();
    let (exports, _) = exports();
    let settings = at(Protocol::Grpc, &receiver.endpoint(), Signal::Traces);
    block_on(async {
        let traces = SdkTracerProvider::builder()
            .with_batch_exporter(OtlpSpanExporter::new(&settings, &exports).unwrap())
            .build();
        traces
            .tracer("tests")
            .start_with_context("work", &Context::new())
            .end();
        traces.force_flush().unwrap();
    });
    assert_eq!(receiver.spans().len(), 1);
}
