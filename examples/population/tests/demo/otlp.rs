//! The demo with a backend of the user's.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

use crate::common::{API, FRONT, finish, miss, population, roots, tree};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};
use otel_auto_testing::receiver::{Receiver, Signal, Transport};

fn to(endpoint: &str) -> Command {
    let mut command = population();
    command
        .env("OTEL_SERVICE_NAME", FRONT)
        .env("OTEL_TRACES_EXPORTER", "otlp")
        .env("OTEL_METRICS_EXPORTER", "otlp")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("{endpoint}/api/default"),
        )
        .env(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Authorization=Basic%20cm9vdDpyb290",
        );
    command
}

#[test]
fn traces_and_metrics_arrive_below_the_path_and_with_the_header() {
    let receiver = Receiver::start();
    let (stdout, stderr) = finish(&mut to(&receiver.endpoint()));
    assert!(
        !stdout.contains('▸') && stdout.contains("not drawn here"),
        "{stdout}"
    );
    assert!(!stderr.contains("not delivered"), "{stderr}");

    let requests = receiver.requests();
    for request in &requests {
        let path = match request.signal {
            Signal::Traces => "/api/default/v1/traces",
            Signal::Metrics => "/api/default/v1/metrics",
            Signal::Logs => "/api/default/v1/logs",
        };
        assert_eq!(request.path, path);
        assert_eq!(request.transport, Transport::HttpProtobuf);
        assert_eq!(request.header("authorization"), Some("Basic cm9vdDpyb290"));
    }
    assert_eq!(receiver.dropped(), 0);

    for service in [FRONT, API] {
        let metrics = receiver.metrics();
        let is_there = |name: &str| {
            let is_of = |metric: &&otel_auto_testing::receiver::Metric| {
                metric.resource_attribute("service.name").as_deref() == Some(service)
                    && metric.name == name
            };
            assert!(
                metrics.iter().any(|metric| is_of(&metric)),
                "{service} {name}"
            );
        };
        is_there("http.server.request.duration");
        is_there("http.server.active_requests");
        is_there("db.client.operation.duration");
    }
}

#[test]
fn a_miss_is_one_trace_with_the_right_parents_in_both_services() {
    let receiver = Receiver::start();
    let _ = finish(&mut to(&receiver.endpoint()));
    let spans = receiver.spans();
    let roots = roots(&spans);
    assert_eq!(roots.len(), 4);
    assert_eq!(tree(&spans, roots[0]), miss("sqlite"));
    assert_eq!(
        tree(&spans, roots[1]),
        "FRONT_SERVICE server GET /prefectures/{name}\n  FRONT_SERVICE client GET redis\n"
    );
    let status = |index: usize| roots[index].attribute("http.response.status_code").unwrap();
    assert_eq!(
        [status(0), status(1), status(2), status(3)],
        ["200", "200", "404", "500"]
    );
    // In no tree but these.
    let in_trees: usize = roots
        .iter()
        .map(|root| tree(&spans, root).lines().count())
        .sum();
    assert_eq!(in_trees, spans.len());
}

#[test]
fn the_service_s_own_counter_arrives_with_its_unit_and_attribute() {
    let receiver = Receiver::start();
    let _ = finish(&mut to(&receiver.endpoint()));
    let metrics = receiver.metrics();
    let counter = metrics
        .iter()
        .rfind(|metric| metric.name == "http_requests_by_prefecture")
        .unwrap();
    assert_eq!(
        counter.resource_attribute("service.name").as_deref(),
        Some(API)
    );
    assert_eq!(counter.unit, "1");
    let Some(Data::Sum(sum)) = &counter.data else {
        panic!("{:?}", counter.data)
    };
    assert!(!sum.is_monotonic);
    let [point] = sum.data_points.as_slice() else {
        panic!("{:?}", sum.data_points)
    };
    assert_eq!(point.attributes[0].key, "prefecture");
    assert_eq!(point.value, Some(Value::AsInt(1)));
}

#[test]
fn an_error_in_a_handler_is_a_log_record_of_its_span() {
    let receiver = Receiver::start();
    let _ = finish(&mut to(&receiver.endpoint()));
    let logs = receiver.logs();
    let record = logs
        .iter()
        .find(|record| record.body_text().contains("no such table"))
        .unwrap();
    assert_eq!(
        record.resource_attribute("service.name").as_deref(),
        Some(API)
    );
    let spans = receiver.spans();
    let span = spans
        .iter()
        .find(|span| span.item.span_id == record.item.span_id)
        .unwrap();
    assert_eq!(span.name, "GET /population/{prefecture}/density");
}

#[test]
fn without_anybody_listening_the_demo_ends_well_and_soon_and_each_service_says_so_once() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut process = to(&format!("http://{address}")).spawn().unwrap();
    let mut stderr = process.stderr.take().unwrap();
    let stderr = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    });
    let mut answered = None;
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        if line.unwrap().contains("→ 500") {
            answered = Some(Instant::now());
        }
    }
    assert!(process.wait().unwrap().success());
    assert!(answered.unwrap().elapsed() < Duration::from_secs(3));

    let stderr = stderr.join().unwrap();
    let complaints: Vec<_> = stderr
        .lines()
        .filter(|line| line.starts_with("otel-auto: "))
        .collect();
    let [one, other] = complaints.as_slice() else {
        panic!("{stderr}")
    };
    for complaint in [one, other] {
        assert!(
            complaint.contains(&format!("to http://{address} (")),
            "{complaint}"
        );
        assert!(!complaint.contains("cm9vdDpyb290"), "{complaint}");
    }
}
