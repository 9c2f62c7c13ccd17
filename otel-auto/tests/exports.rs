//! What a program tells of its own exports, on stderr and in metrics: each case is a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::{net::TcpListener, time::Duration};

use opentelemetry::trace::{Span, Tracer};
use otel_auto_testing::receiver::{Behaviour, Message, Receiver, Request, Signal};
use support::{CASE, run};

#[otel_auto::instrumented]
fn work() {}

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "more spans than the queue" => {
            let otel = otel_auto::init!();
            let tracer = opentelemetry::global::tracer("tests");
            for _ in 0..100 {
                tracer.start("work").end();
            }
            otel.flush();
            tracer.start("late").end();
            otel.flush();
        }
        "more log records than the queue" => {
            let otel = otel_auto::init!();
            for number in 0..100 {
                tracing::info!(number, "sold");
            }
            otel.flush();
        }
        "three signals" => {
            let _otel = otel_auto::init!();
            work();
            opentelemetry::global::meter("tests")
                .u64_counter("sales")
                .build()
                .add(1, &[]);
            tracing::info!("sold");
        }
        "metrics of the export" => {
            let otel = otel_auto::init!();
            for _ in 0..6 {
                work();
                otel.flush();
            }
        }
        other => panic!("no such case: {other}"),
    }
}

/// What the case said on stderr; it ended well.
#[track_caller]
fn said(case: &str, environment: &[(&str, &str)]) -> String {
    let (output, _) = run(case, environment);
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{case}: {complained}");
    complained
}

#[test]
fn spans_that_a_full_queue_drops_are_told_with_their_number() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
    ];
    receiver.behave(Behaviour::accept().delay(Duration::from_millis(300)));
    let complained = said("more spans than the queue", &environment);
    let dropped = 101 - receiver.spans().len();
    assert!(dropped > 50, "{dropped}");
    assert_eq!(told_drops(&complained), dropped, "{complained}");
    assert!(
        complained.contains("raise OTEL_BSP_MAX_QUEUE_SIZE"),
        "{complained}"
    );
}

#[test]
fn log_records_that_a_full_queue_drops_are_told_too() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "10"),
    ];
    receiver.behave(Behaviour::accept().delay(Duration::from_millis(300)));
    let complained = said("more log records than the queue", &environment);
    let dropped = 100 - receiver.logs().len();
    assert!(dropped > 50, "{dropped}");
    assert_eq!(told_drops(&complained), dropped, "{complained}");
}

/// The sum of what all lines say was dropped: `… 90 spans dropped: …`, `… 1 log record dropped: …`.
fn told_drops(complained: &str) -> usize {
    complained
        .lines()
        .filter_map(|line| line.split_once(" dropped: the queue of 10 was full"))
        .map(|(before, _)| {
            let mut words = before.split_whitespace().rev();
            words.find_map(|word| word.parse::<usize>().ok()).unwrap()
        })
        .sum()
}

#[test]
fn three_signals_that_meet_the_same_fate_at_exit_take_one_clause() {
    // A port nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let complained = said(
        "three signals",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    let lines: Vec<_> = complained
        .lines()
        .filter(|line| line.contains("not delivered"))
        .collect();
    assert_eq!(lines.len(), 1, "{complained}");
    assert_eq!(
        lines[0].matches("connection refused").count(),
        1,
        "{complained}"
    );
    for part in [
        "1 span, ",
        " and 1 log record to ",
        &format!("to {endpoint} (connection refused; is a collector listening there?)"),
    ] {
        assert!(lines[0].contains(part), "{complained}");
    }
}

/// The names of a metrics request's metrics, with the number of their points.
fn points(request: &Request) -> Vec<(String, usize)> {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    let Message::Metrics(message) = &request.message else {
        return Vec::new();
    };
    let scopes = message
        .resource_metrics
        .iter()
        .flat_map(|of| &of.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    let count = |data: &Data| match data {
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::Gauge(gauge) => gauge.data_points.len(),
        _ => 0,
    };
    metrics
        .map(|metric| (metric.name.clone(), metric.data.as_ref().map_or(0, count)))
        .filter(|(name, _)| name.starts_with("otel.sdk."))
        .collect()
}

#[test]
fn metrics_of_the_export_are_made_on_request_and_do_not_grow_by_their_own_export() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_RUST_SDK_METRICS_ENABLED", "true"),
    ];
    said("metrics of the export", &environment);
    let exports: Vec<_> = receiver
        .requests()
        .iter()
        .filter(|request| request.signal == Signal::Metrics)
        .map(points)
        .collect();
    assert!(exports.len() >= 6, "{exports:?}");
    let last = exports.last().unwrap();
    let names: Vec<_> = last.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "otel.sdk.exporter.span.inflight",
        "otel.sdk.exporter.span.exported",
        "otel.sdk.exporter.metric_data_point.inflight",
        "otel.sdk.exporter.metric_data_point.exported",
        "otel.sdk.exporter.operation.duration",
        "otel.sdk.processor.span.queue.size",
        "otel.sdk.processor.span.queue.capacity",
        "otel.sdk.processor.span.processed",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_eq!(exports[2], *last, "as many series as before");

    receiver.clear();
    said("metrics of the export", &environment[..1]);
    assert!(
        receiver
            .metrics()
            .iter()
            .all(|metric| !metric.name.starts_with("otel.sdk."))
    );
}
