//! One service in every way in which a program may set its `tracing` subscriber up, under three values of `RUST_LOG`:
//! what is printed is the program's choice, and never decides whether the trace is whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::time::Duration;

use axum::{Router, routing::get};
use otel_auto::{TraceIds, instrumented, tower::HttpServerLayer, tracing_layer};
use otel_auto_testing::receiver::{Receiver, Span};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, fmt, prelude::*, reload};

/// Functions of the program, each below the one before.
const FUNCTIONS: usize = 20;

#[tracing::instrument(skip_all, fields(depth = depth, left = FUNCTIONS - depth as usize))]
async fn function(depth: u64) {
    if depth as usize == FUNCTIONS {
        leaf().await;
    } else {
        Box::pin(function(depth + 1)).await;
    }
}

#[instrumented]
async fn leaf() {
    tracing::info!(answer = 42_u64, "worked");
}

fn filter() -> EnvFilter {
    EnvFilter::from_default_env()
}

/// Prints JSON, in whatever subscriber it is.
macro_rules! json {
    () => {
        fmt::layer().json().map_event_format(TraceIds::new)
    };
}

/// The subscriber of a case, and `init()` before or after it.
fn set_up(case: &str) -> otel_auto::Telemetry {
    match case {
        "of init" => {}
        "printer filtered, layer last" => tracing_subscriber::registry()
            .with(json!().with_filter(filter()))
            .with(tracing_layer())
            .init(),
        "printer filtered, layer first" => tracing_subscriber::registry()
            .with(tracing_layer())
            .with(json!().with_filter(filter()))
            .init(),
        "after init" => {
            let otel = otel_auto::builder().without_subscriber().init();
            tracing_subscriber::registry()
                .with(fmt::layer().with_filter(filter()))
                .with(tracing_layer())
                .init();
            return otel;
        }
        "boxed" => tracing_subscriber::registry()
            .with(vec![
                tracing_layer().boxed(),
                json!().with_filter(filter()).boxed(),
            ])
            .init(),
        "reloadable" => {
            let (layer, _handle) = reload::Layer::new(tracing_layer());
            tracing_subscriber::registry()
                .with(layer)
                .with(json!().with_filter(filter()))
                .init();
        }
        "everything filtered" => tracing_subscriber::registry()
            .with(filter())
            .with(json!())
            .with(tracing_layer())
            .init(),
        "layer filtered" => tracing_subscriber::registry()
            .with(json!().with_filter(filter()))
            .with(tracing_layer().with_filter(LevelFilter::WARN))
            .init(),
        "without the layer" => fmt().json().with_env_filter(filter()).init(),
        "subscriber of the thread" => {
            let otel = otel_auto::builder().without_subscriber().init();
            let subscriber = tracing_subscriber::registry()
                .with(tracing_layer())
                .with(fmt::layer().with_filter(filter()));
            Box::leak(Box::new(subscriber.set_default()));
            return otel;
        }
        _ => panic!("no such case: {case}"),
    }
    otel_auto::init!()
}

/// The program.
#[test]
fn case() {
    let Some(case) = std::env::var_os(CASE) else {
        return;
    };
    let case = case.into_string().unwrap();
    if case == "on fmt" {
        fmt().finish().with(tracing_layer()).init();
    }
    if case == "later init" {
        let _otel = otel_auto::init!();
        fmt().init();
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = set_up(&case);
        let app = Router::new()
            .route(
                "/deep",
                get(async || {
                    function(1).await;
                    "done"
                }),
            )
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(DefaultMakeSpan::new().level(tracing::Level::INFO)),
            )
            .layer(HttpServerLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = "GET /deep HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        otel.shutdown();
    });
}

/// Each span's name, from the root to the leaf. All of them must be one chain.
fn chain(spans: &[Span]) -> Vec<String> {
    let mut names = Vec::new();
    let mut parent = Vec::new();
    while let Some(span) = spans.iter().find(|span| span.parent_span_id == parent) {
        assert_eq!(span.trace_id, spans[0].trace_id);
        names.push(span.name.clone());
        parent.clone_from(&span.span_id);
    }
    assert_eq!(names.len(), spans.len(), "not one chain: {spans:#?}");
    names
}

/// What the service sends: its spans' names, and the receiver that has everything.
fn serve(case: &str, rust_log: Option<&str>) -> (Vec<String>, Receiver, String) {
    let filter = rust_log.map(|filter| ("RUST_LOG", filter));
    serve_with(case, filter.as_slice())
}

fn serve_with(case: &str, environment: &[(&str, &str)]) -> (Vec<String>, Receiver, String) {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = environment.to_vec();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()));
    let (output, _) = run(case, &environment);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{case}: {said}");
    let _ = receiver.wait_for_spans(1, Duration::from_secs(5));
    let printed = said + &String::from_utf8_lossy(&output.stdout);
    (chain(&receiver.spans()), receiver, printed)
}

const RUST_LOG: [Option<&str>; 3] = [None, Some("warn"), Some("off")];

fn whole() -> Vec<String> {
    let mut names = vec!["GET /deep".to_owned(), "request".to_owned()];
    names.extend(vec!["function".to_owned(); FUNCTIONS]);
    names.push("leaf".to_owned());
    names
}

#[test]
fn a_printer_with_a_filter_of_its_own_takes_nothing_from_the_trace() {
    for case in [
        "of init",
        "printer filtered, layer last",
        "printer filtered, layer first",
        "after init",
        "boxed",
        "reloadable",
        "subscriber of the thread",
    ] {
        for rust_log in RUST_LOG {
            let (names, receiver, _) = serve(case, rust_log);
            assert_eq!(names, whole(), "{case} {rust_log:?}");
            let deepest = receiver
                .spans()
                .into_iter()
                .find(|span| span.name == "leaf");
            let logs = receiver.logs();
            assert_eq!(logs.len(), 1, "{case} {rust_log:?}");
            assert_eq!(logs[0].span_id, deepest.unwrap().span_id, "{case}");
        }
    }
}

#[test]
fn a_filter_over_everything_takes_only_the_spans_that_it_hides() {
    for rust_log in RUST_LOG {
        let (names, _, _) = serve("everything filtered", rust_log);
        assert_eq!(names, ["GET /deep", "leaf"], "{rust_log:?}");
    }
    let (names, _, _) = serve("everything filtered", Some("info"));
    assert_eq!(names, whole());
}

#[test]
fn a_layer_that_is_hidden_or_missing_leaves_our_spans_connected() {
    for rust_log in RUST_LOG {
        let (names, _, _) = serve("layer filtered", rust_log);
        assert_eq!(names, ["GET /deep", "leaf"], "{rust_log:?}");
        let (names, _, said) = serve("without the layer", rust_log);
        assert_eq!(names, ["GET /deep", "leaf"], "{rust_log:?}");
        assert!(
            said.contains("add `.with(otel_auto::tracing_layer())`"),
            "{said}"
        );
    }
}

#[test]
fn unsigned_fields_are_integers() {
    let (_, receiver, _) = serve("printer filtered, layer last", None);
    let spans = receiver.spans();
    let functions: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "function")
        .collect();
    for span in functions {
        for key in ["depth", "left"] {
            let attribute = span
                .attributes
                .iter()
                .find(|attribute| attribute.key == key);
            let value = attribute.unwrap().value.as_ref().unwrap();
            let value = format!("{:?}", value.value);
            assert!(value.contains("IntValue"), "{key}: {value}");
        }
    }
}

#[test]
fn printed_lines_name_the_span_that_is_current() {
    for (case, trace, span) in [
        ("of init", "trace_id=", "span_id="),
        (
            "printer filtered, layer last",
            "\"trace_id\":\"",
            "\"span_id\":\"",
        ),
    ] {
        let (_, receiver, printed) = serve(case, Some("info"));
        let line = printed
            .lines()
            .find(|line| line.contains("worked"))
            .unwrap();
        let record = &receiver.logs()[0];
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        for part in [
            format!("{trace}{}", hex(&record.trace_id)),
            format!("{span}{}", hex(&record.span_id)),
        ] {
            assert!(line.contains(&part), "{part} in {line}");
        }
    }
}

#[test]
fn the_variables_decide_what_is_traced_and_how_lines_name_it() {
    let case = "printer filtered, layer last";
    let environment = [
        ("RUST_LOG", "info"),
        (
            "OTEL_RUST_TRACING_FILTER",
            "subscribers=info,tower_http=off",
        ),
        ("OTEL_RUST_LOGS_LEVEL", "warn"),
        ("OTEL_RUST_LOG_TRACE_ID_KEY", "dd.trace_id"),
    ];
    let (names, receiver, printed) = serve_with(case, &environment);
    assert_eq!(names.iter().filter(|name| *name == "request").count(), 0);
    assert_eq!(names.len(), whole().len() - 1);
    assert!(receiver.logs().is_empty());
    assert!(printed.contains("\"dd.trace_id\":\""), "{printed}");

    let (names, receiver, printed) = serve_with(
        "of init",
        &[
            ("RUST_LOG", "info"),
            ("OTEL_RUST_TRACING_FILTER", "off"),
            ("OTEL_RUST_LOGS_BRIDGE_ENABLED", "false"),
            ("OTEL_RUST_LOG_CORRELATION", "false"),
        ],
    );
    assert_eq!(names, ["GET /deep", "leaf"]);
    assert!(receiver.logs().is_empty());
    assert!(!printed.contains("trace_id"), "{printed}");
}

#[test]
fn an_excluded_url_takes_the_spans_of_both_worlds_with_it_and_leaves_the_log() {
    for sampler in ["parentbased_always_on", "always_on"] {
        let (names, receiver, _) = serve_with(
            "of init",
            &[
                ("OTEL_RUST_EXCLUDED_URLS", "/healthz$,/deep$"),
                ("OTEL_TRACES_SAMPLER", sampler),
            ],
        );
        assert!(names.is_empty(), "{sampler}: {names:?}");
        assert_eq!(receiver.logs().len(), 1, "{sampler}");
        let metrics = receiver.metrics();
        let durations = metrics
            .iter()
            .filter(|metric| metric.name == "http.server.request.duration");
        assert_eq!(durations.count(), 0, "{sampler}: {metrics:?}");
    }
}

#[test]
fn a_subscriber_that_takes_no_filters_is_told_of_before_it_panics() {
    let (output, _) = run("on fmt", &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("use registry().with(fmt::layer()) instead"),
        "{said}"
    );
}

#[test]
fn a_later_subscriber_is_refused_with_the_reason() {
    let (output, _) = run("later init", &[("OTEL_TRACES_EXPORTER", "none")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("install yours before init()"), "{said}");
}
