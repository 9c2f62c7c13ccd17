//! Where telemetry goes, in programs of their own; and that going there makes no telemetry.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod support;
#[path = "support/tls.rs"]
mod tls;

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use opentelemetry::trace::{Span as _, Tracer as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter, SdkLoggerProvider},
};
use otel_auto::{reqwest::RequestBuilderExt, tower::HttpServerLayer};
use otel_auto_testing::receiver::{Receiver, Transport};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::{Event, Subscriber, span};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

const REQUESTS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests of a client of ours to a server of ours, each with a log record.
async fn work() {
    let hello = async || {
        tracing::trace!("looked at");
        tracing::info!("handled");
        "hello"
    };
    let app = Router::new()
        .route("/hello", get(hello))
        .layer(HttpServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hello", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = reqwest::Client::new();
    for _ in 0..REQUESTS {
        let answer = client.get(&url).send_traced().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
    println!("the app worked");
}

/// Hears everything, at every level.
struct Listening;

static HEARD: AtomicUsize = AtomicUsize::new(0);
static HEARD_OF_OURS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn hear(what: &tracing::Metadata<'_>) {
    HEARD.fetch_add(1, Ordering::Relaxed);
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    if name.starts_with("otel-auto") || name.starts_with("OpenTelemetry") {
        let line = format!("{name}: {what:?}");
        HEARD_OF_OURS.lock().unwrap().push(line);
    }
}

impl<S: Subscriber> Layer<S> for Listening {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        hear(attributes.metadata());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        hear(event.metadata());
    }
}

/// Exports go on all the while, at short intervals, and nobody hears of them.
async fn listen_to_nothing() {
    tokio::time::sleep(Duration::from_millis(400)).await;
    let count = || [&HEARD, &RECORDS].map(|count| count.load(Ordering::Relaxed));
    let before = count();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(
        before.iter().all(|&count| count > REQUESTS),
        "the subscriber hears nothing at all: {before:?}"
    );
    assert_eq!(before, count());
    let ours = HEARD_OF_OURS.lock().unwrap();
    assert!(ours.is_empty(), "{ours:#?}");
}

/// The program's own log records, of every level and every library.
#[derive(Debug)]
struct Counting;

static RECORDS: AtomicUsize = AtomicUsize::new(0);

impl LogExporter for Counting {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        RECORDS.fetch_add(batch.iter().count(), Ordering::Relaxed);
        Ok(())
    }
}

async fn scrape() -> String {
    let port = std::env::var("OTEL_EXPORTER_PROMETHEUS_PORT").unwrap();
    let mut stream = tokio::net::TcpStream::connect(format!("localhost:{port}"))
        .await
        .unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: h\r\n\r\n")
        .await
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}

/// The program.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match case.as_str() {
            "works" => {
                let _otel = otel_auto::init!();
                work().await;
            }
            "is scraped" => {
                let _otel = otel_auto::init!();
                work().await;
                println!("{}", scrape().await);
            }
            "listens" => {
                let logs = SdkLoggerProvider::builder()
                    .with_simple_exporter(Counting)
                    .build();
                tracing_subscriber::registry()
                    .with(Listening)
                    .with(OpenTelemetryTracingBridge::new(&logs))
                    .with(otel_auto::tracing_layer())
                    .init();
                let _otel = otel_auto::init!();
                work().await;
                listen_to_nothing().await;
            }
            "ends with its output blocked" => {
                let otel = otel_auto::init!();
                let tracer = opentelemetry::global::tracer("test");
                for _ in 0..2_000 {
                    tracer.start("a line that is longer than a pipe").end();
                }
                let begin = Instant::now();
                drop(otel);
                let took = begin.elapsed();
                // The test harness would wait for its output for ever.
                std::process::exit(i32::from(took > Duration::from_secs(4)));
            }
            "stays" => {
                let _otel = otel_auto::init!();
                work().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            other => panic!("no such case: {other}"),
        }
    });
}

struct Said {
    out: String,
    err: String,
}

#[track_caller]
fn works(case: &str, environment: &[(&str, &str)]) -> Said {
    let (output, _) = run(case, environment);
    let said = Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let both = format!("{}{}", said.err, said.out);
    assert!(output.status.success(), "{case}: {both}");
    assert!(said.out.contains("the app worked"), "{case}: {both}");
    said
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

const NOTHING: [(&str, &str); 3] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

#[test]
fn every_signal_arrives_in_json_when_the_variable_says_so() {
    let receiver = Receiver::start();
    works(
        "works",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ],
    );
    assert_eq!(receiver.spans().len(), 2 * REQUESTS);
    assert_eq!(receiver.logs().len(), REQUESTS);
    assert!(!receiver.metrics().is_empty());
    for request in receiver.requests() {
        assert_eq!(request.transport, Transport::HttpJson);
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    assert_eq!(receiver.dropped(), 0);
}

#[test]
fn on_stdout_every_export_is_one_object_on_one_line() {
    let said = works(
        "works",
        &[
            ("OTEL_TRACES_EXPORTER", "otlp/stdout"),
            ("OTEL_METRICS_EXPORTER", "otlp/stdout"),
            ("OTEL_LOGS_EXPORTER", "otlp/stdout"),
        ],
    );
    let mut keys = Vec::new();
    let (mut spans, mut records) = (0, 0);
    for line in said.out.lines() {
        let Some((_, object)) = line.split_once("{\"resource") else {
            continue;
        };
        let object: serde_json::Value =
            serde_json::from_str(&format!("{{\"resource{object}")).unwrap();
        let text = object.to_string();
        spans += text.matches("\"parentSpanId\"").count() + text.matches("\"kind\":3").count();
        records += text.matches("\"severityNumber\"").count();
        keys.extend(object.as_object().unwrap().keys().cloned());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys, ["resourceLogs", "resourceMetrics", "resourceSpans"]);
    // The client's spans are roots, the server's have a parent.
    assert_eq!((spans, records), (2 * REQUESTS, REQUESTS), "{}", said.out);
}

#[test]
fn a_stdout_that_nobody_reads_delays_the_end_no_longer_than_allowed() {
    for is_open in [true, false] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "case", "--nocapture"])
            .env(CASE, "ends with its output blocked")
            .env("OTEL_TRACES_EXPORTER", "otlp/stdout")
            .env("OTEL_METRICS_EXPORTER", "otlp/stdout")
            .env("OTEL_LOGS_EXPORTER", "none")
            .env("OTEL_RUST_SHUTDOWN_TIMEOUT", "1000")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        // The test harness wants to begin.
        while output.read_line(&mut String::new()).unwrap() == 1 {}
        let output = Some(output).filter(|_| is_open);
        let begin = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begin.elapsed() > 2 * PATIENCE {
                child.kill().unwrap();
                panic!("hangs");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(child.wait().unwrap().success());
        drop(output);
    }
}

#[test]
fn prometheus_scrapes_what_otlp_gets_too() {
    let receiver = Receiver::start();
    let port = free_port();
    let said = works(
        "is scraped",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", &port),
            ("OTEL_SERVICE_NAME", "shop"),
        ],
    );
    assert!(said.err.contains("metrics=prometheus,otlp"), "{}", said.err);
    let count = said
        .out
        .lines()
        .find(|line| line.starts_with("http_server_request_duration_seconds_count{"))
        .unwrap_or_else(|| panic!("{}", said.out));
    assert!(count.ends_with(&format!("}} {REQUESTS}")), "{count}");
    assert!(count.contains("http_route=\"/hello\""), "{count}");
    assert!(said.out.contains("target_info{"), "{}", said.out);
    assert!(said.out.contains("service_name=\"shop\""), "{}", said.out);
    assert!(
        receiver
            .metrics()
            .iter()
            .any(|metric| metric.name == "http.server.request.duration")
    );
}

#[test]
fn a_taken_port_costs_a_warning_and_the_other_exporters_go_on() {
    let receiver = Receiver::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = works(
        "works",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", &port),
        ],
    );
    let lines: Vec<_> = said
        .err
        .lines()
        .filter(|line| line.contains("Prometheus"))
        .collect();
    assert_eq!(lines.len(), 1, "{}", said.err);
    assert!(!receiver.metrics().is_empty());
}

#[test]
fn exporters_that_are_no_more_are_told_once_each() {
    let receiver = Receiver::start();
    let said = works(
        "works",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_TRACES_EXPORTER", "zipkin,otlp"),
            ("OTEL_LOGS_EXPORTER", "logging"),
        ],
    );
    assert_eq!(
        said.err.matches("names \"zipkin\"").count(),
        1,
        "{}",
        said.err
    );
    assert_eq!(
        said.err.matches("names \"logging\"").count(),
        1,
        "{}",
        said.err
    );
    assert_eq!(receiver.spans().len(), 2 * REQUESTS);
    assert_eq!(receiver.logs().len(), REQUESTS);
}

#[test]
fn a_proxy_of_the_environment_is_used_by_exports_and_not_by_loopback() {
    // A forwarding proxy gets the request itself: it may as well answer it.
    let proxy = Receiver::start();
    works(
        "works",
        &[
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://collector.invalid:4318",
            ),
            ("http_proxy", &proxy.endpoint()),
            ("no_proxy", "127.0.0.1"),
        ],
    );
    assert_eq!(proxy.spans().len(), 2 * REQUESTS);
    assert_eq!(
        proxy.requests()[0].header("host"),
        Some("collector.invalid:4318")
    );
    let (receiver, proxy) = (Receiver::start(), Receiver::start());
    works(
        "works",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("http_proxy", &proxy.endpoint()),
            ("no_proxy", "127.0.0.1"),
        ],
    );
    assert_eq!(receiver.spans().len(), 2 * REQUESTS);
    assert!(proxy.requests().is_empty());
}

/// Exports without a pause, so that a loop would show.
const BUSY: [(&str, &str); 5] = [
    ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "20"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "20"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
    ("RUST_LOG", "trace"),
];

#[test]
fn exports_are_not_heard_of_whatever_the_endpoint_and_the_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    let trusted = pem.to_str().unwrap();
    for protocol in ["http/protobuf", "http/json", "grpc"] {
        let receiver = Receiver::start();
        let dead = format!("http://127.0.0.1:{}", free_port());
        let nowhere = "http://collector.invalid:4318".to_owned();
        let secure = tls::terminate(receiver.address(), &pem);
        let untrusted = tls::terminate(receiver.address(), &folder.path().join("other.pem"));
        for endpoint in [dead, nowhere, receiver.endpoint(), secure, untrusted] {
            receiver.clear();
            let mut environment = BUSY.to_vec();
            environment.extend([
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_CERTIFICATE", trusted),
            ]);
            let said = works("listens", &environment);
            let spans = receiver.spans().len();
            assert!(
                [0, 2 * REQUESTS].contains(&spans),
                "{protocol} {endpoint}: {spans} spans {}",
                said.err
            );
            assert_eq!(receiver.logs().len(), spans / 2, "one of each request");
            // Some for each signal, none for each export.
            assert!(said.err.lines().count() < 15, "{}", said.err);
        }
    }
}

#[test]
fn with_the_log_bridge_the_records_are_the_programs_own() {
    for protocol in ["http/protobuf", "grpc"] {
        let receiver = Receiver::start();
        let mut environment = BUSY.to_vec();
        environment.extend([("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]);
        let endpoint = receiver.endpoint();
        environment.extend([("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())]);
        works("stays", &environment);
        let logs = receiver.wait_for_logs(REQUESTS, PATIENCE);
        assert_eq!(logs.len(), REQUESTS, "{logs:#?}");
        assert!(logs.iter().all(|record| record.body_text() == "handled"));
        assert_eq!(receiver.spans().len(), 2 * REQUESTS);
    }
}

#[test]
fn scrapes_are_not_heard_of() {
    let port = free_port();
    let mut environment = NOTHING.to_vec();
    environment.extend([
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", port.as_str()),
        ("RUST_LOG", "trace"),
    ]);
    let said = works("is scraped", &environment);
    assert!(said.out.contains("HTTP/1.1 200 OK"), "{}", said.out);
    let scrape = said.err.lines().filter(|line| line.contains("/metrics"));
    assert_eq!(scrape.count(), 0, "{}", said.err);
}
