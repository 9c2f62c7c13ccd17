//! `init()` in every kind of program: each case is a process of its own, this test run again for one case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

mod support;

use std::time::Duration;

use axum::{Router, routing::get};
use otel_auto::tower::HttpServerLayer;
use otel_auto_testing::receiver::{Behaviour, Receiver};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The case ended well, its app worked; gives what was said on stderr.
#[track_caller]
fn assert_works(case: &str, environment: &[(&str, &str)]) -> String {
    let (output, took) = run(case, environment);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{case}: {said}{printed}");
    assert!(
        printed.contains("the app worked"),
        "{case}: {said}{printed}"
    );
    assert!(!said.contains("panicked"), "{case}: {said}");
    assert!(took < Duration::from_secs(10), "{case} took {took:?}");
    said
}

/// A request through a real server with our layer.
async fn serve_one(layer: HttpServerLayer) {
    let app = Router::new()
        .route("/users/{id}", get(async || "hello"))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /users/7 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
    server.abort();
    println!("the app worked");
}

fn many_threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn one_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "never" => many_threads().block_on(serve_one(HttpServerLayer::new())),
        "outside of a runtime" => {
            let _otel = otel_auto::init!();
            many_threads().block_on(serve_one(HttpServerLayer::new()));
        }
        "inside of a runtime" => many_threads().block_on(async {
            let _otel = otel_auto::init!();
            serve_one(HttpServerLayer::new()).await;
        }),
        "in a current-thread runtime" => one_thread().block_on(async {
            let _otel = otel_auto::init!();
            serve_one(HttpServerLayer::new()).await;
        }),
        "after the layers" => many_threads().block_on(async {
            let layer = HttpServerLayer::new();
            let _otel = otel_auto::init!();
            serve_one(layer).await;
        }),
        "twice" => many_threads().block_on(async {
            let _first = otel_auto::init!();
            let _second = otel_auto::init!();
            assert!(otel_auto::try_init().is_err_and(|error| error.is_already_set_up()));
            serve_one(HttpServerLayer::new()).await;
        }),
        "again after its end" => many_threads().block_on(async {
            drop(otel_auto::init!());
            let _otel = otel_auto::init!();
            serve_one(HttpServerLayer::new()).await;
        }),
        "with a subscriber of its own" => many_threads().block_on(async {
            tracing_subscriber::fmt()
                .with_writer(std::io::stderr)
                .init();
            let _otel = otel_auto::init!();
            serve_one(HttpServerLayer::new()).await;
        }),
        other => panic!("no such case: {other}"),
    }
}

const CASES: [&str; 6] = [
    "outside of a runtime",
    "inside of a runtime",
    "in a current-thread runtime",
    "after the layers",
    "twice",
    "again after its end",
];

#[test]
fn every_kind_of_program_exports_its_request() {
    for case in CASES {
        let receiver = Receiver::start();
        let said = assert_works(
            case,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
        );
        let spans = receiver.wait_for_spans(1, Duration::from_secs(5));
        assert_eq!(spans.len(), 1, "{case}: {said}");
        assert_eq!(spans[0].name, "GET /users/{id}", "{case}");
        assert_eq!(
            spans[0].resource_attribute("service.name").as_deref(),
            Some("otel-auto"),
            "{case}"
        );
        let metrics = receiver.metrics();
        assert!(
            metrics
                .iter()
                .any(|metric| metric.name == "http.server.request.duration"),
            "{case}"
        );
        assert!(
            said.contains(
                "otel-auto 0.1.0 · service=otel-auto 0.1.0 · traces=otlp metrics=otlp logs=otlp"
            ),
            "{said}"
        );
    }
}

#[test]
fn a_program_without_init_works_and_says_nothing() {
    assert_eq!(assert_works("never", &[]), "");
}

#[test]
fn a_second_init_is_told() {
    let said = assert_works(
        "twice",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ],
    );
    assert!(said.contains("telemetry is set up already"), "{said}");
}

#[test]
fn a_subscriber_of_the_programs_own_is_told_how_to_take_part() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let said = assert_works(
        "with a subscriber of its own",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    assert!(said.contains("otel_auto::tracing_layer()"), "{said}");
    assert_eq!(receiver.wait_for_spans(1, Duration::from_secs(5)).len(), 1);
}

#[test]
fn nonsense_in_every_variable_is_told_and_survived() {
    let page = include_str!("../../docs/environment.md");
    let names: Vec<&str> = page
        .split('`')
        .filter(|word| {
            word.starts_with("OTEL_")
                && word
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
        .collect();
    assert!(names.len() > 50, "{names:?}");
    for nonsense in [
        "nonsense %zz \u{1f980}",
        "-1",
        "=,=;",
        "99999999999999999999",
        "http://[::1",
    ] {
        let environment: Vec<_> = names.iter().map(|name| (*name, nonsense)).collect();
        let said = assert_works("outside of a runtime", &environment);
        assert!(said.contains("otel-auto: OTEL_TRACES_EXPORTER="), "{said}");
        for line in said.lines() {
            assert!(line.starts_with("otel-auto"), "{line}");
        }
    }
}

#[test]
fn a_dead_or_silent_receiver_does_not_hold_the_program() {
    let dead = {
        let receiver = Receiver::start();
        let endpoint = receiver.endpoint();
        receiver.stop();
        endpoint
    };
    let silent = Receiver::start();
    silent.behave(Behaviour::black_hole());
    for endpoint in [dead, silent.endpoint()] {
        for protocol in ["http/protobuf", "grpc"] {
            for case in ["inside of a runtime", "in a current-thread runtime"] {
                let environment = [
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ];
                let (output, took) = run(case, &environment);
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{said}");
                assert!(
                    took < Duration::from_secs(4),
                    "{endpoint} {protocol} {case} {took:?}"
                );
                assert!(said.contains(&endpoint), "{said}");
            }
        }
    }
}

#[test]
fn a_disabled_sdk_makes_nothing() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let said = assert_works(
        "inside of a runtime",
        &[
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ],
    );
    assert!(said.contains("disabled by OTEL_SDK_DISABLED"), "{said}");
    assert!(receiver.requests().is_empty());
}

#[test]
fn the_console_draws_the_request_on_stderr_alone() {
    let environment = [
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_METRICS_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    let (output, _) = run("inside of a runtime", &environment);
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("▸ GET /users/{id}") && said.contains("200"),
        "{said}"
    );
    assert!(said.contains("http.server.request.duration"), "{said}");
    assert!(!printed.contains("GET /users"), "{printed}");
    assert!(!said.contains('\u{1b}'), "{said}");
}
