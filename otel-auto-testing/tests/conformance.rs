//! The conformance kit finds what is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::{
    Array, InstrumentationScope, KeyValue, StringValue, Value,
    metrics::MeterProvider as _,
    trace::{SpanBuilder, SpanKind, Tracer as _, TracerProvider as _},
};
use otel_auto_testing::{
    Capture, MetricPoint, SpanView,
    conformance::{
        Check, Report, Strength, Violation,
        http_client::{self, ClientRequest, SendRequest},
        http_server::{self, Features, StartServer},
        rpc::{self, Call, MakeCall},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("test")
        .with_version("1")
        .with_schema_url("https://example.com/schema")
        .build()
}

fn span(kind: SpanKind, attributes: Vec<KeyValue>) -> SpanView {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer_with_scope(scope());
    let builder = SpanBuilder::from_name("GET")
        .with_kind(kind)
        .with_attributes(attributes);
    drop(tracer.build(builder));
    capture.span("GET")
}

fn right() -> Vec<KeyValue> {
    vec![
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("url.path", "/"),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.response.status_code", 200),
        KeyValue::new("error.type", "anything"),
    ]
}

/// What is found when these attributes are there as well, or instead.
fn found(changes: Vec<KeyValue>) -> Vec<String> {
    let mut attributes = right();
    attributes.retain(|own| changes.iter().all(|change| change.key != own.key));
    attributes.extend(changes);
    rules(Check::new().span("http.server", &span(SpanKind::Server, attributes)))
}

fn rules(violations: Vec<Violation>) -> Vec<String> {
    let rule = |violation: Violation| format!("{} {}", violation.strength, violation.rule);
    violations.into_iter().map(rule).collect()
}

#[test]
fn a_span_as_the_registry_says_breaks_nothing() {
    assert_eq!(found(vec![]), Vec::<String>::new());
}

#[test]
fn each_thing_that_is_wrong_with_an_attribute_is_found() {
    let header = |value: Value| KeyValue::new("http.request.header.accept", value);
    let texts = |text: &'static str| Value::Array(Array::String(vec![StringValue::from(text)]));
    let no_header = "MUST no opt-in attribute without the user's asking";
    for (changes, wanted) in [
        (
            vec![KeyValue::new("url.scheme", "")],
            vec!["MUST url.scheme is required"],
        ),
        (
            vec![KeyValue::new("http.response.status_code", "200")],
            vec!["MUST http.response.status_code is an int"],
        ),
        (
            vec![KeyValue::new("http.request.method", "FOO")],
            vec!["MUST http.request.method is one of the known values, or _OTHER"],
        ),
        (
            vec![KeyValue::new("http.route", "")],
            vec!["SHOULD what is not known is left out, not empty"],
        ),
        (
            vec![
                KeyValue::new("url.path", "/a"),
                KeyValue::new("url.path", "/b"),
            ],
            vec!["MUST a key is there once"],
        ),
        (
            vec![KeyValue::new("http.status_code", 200)],
            vec!["SHOULD no deprecated attribute"],
        ),
        (
            vec![KeyValue::new("my.own", true)],
            vec!["kit no attribute that the registry does not have here"],
        ),
        (vec![KeyValue::new("client.port", 1)], vec![no_header]),
        (vec![header(texts("text/html"))], vec![no_header]),
        (
            vec![header("text/html".into())],
            vec![no_header, "MUST http.request.header is an array of strings"],
        ),
    ] {
        assert_eq!(found(changes.clone()), wanted, "{changes:?}");
    }
}

#[test]
fn what_the_user_asked_for_may_be_there() {
    let values = Value::Array(Array::String(vec!["text/html".into()]));
    let mut attributes = right();
    attributes.push(KeyValue::new("http.request.header.accept", values));
    let check = Check::new().opted_in(&["http.request.header"]);
    let violations = check.span("http.server", &span(SpanKind::Server, attributes));
    assert_eq!(violations, []);
}

#[test]
fn kind_and_scope_are_held_against_the_registry() {
    let capture = Capture::new();
    let tracer = capture.tracer("bare");
    drop(tracer.build(SpanBuilder::from_name("GET").with_attributes(right())));
    assert_eq!(
        rules(Check::new().span("http.server", &capture.span("GET"))),
        [
            "MUST the kind is server",
            "SHOULD the scope has a version",
            "SHOULD the scope has a schema URL"
        ]
    );
}

fn point(measure: impl FnOnce(&opentelemetry::metrics::Meter, &[KeyValue])) -> Vec<MetricPoint> {
    let capture = Capture::new();
    let meter = capture.meter_provider().meter_with_scope(scope());
    measure(&meter, &right()[..1]);
    capture.metrics()
}

#[test]
fn instrument_unit_buckets_and_attributes_of_a_metric_are_held_against_the_registry() {
    let points = point(|meter, attributes| {
        let milliseconds = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("ms")
            .build();
        milliseconds.record(1.0, attributes);
        let counter = meter
            .u64_counter("http.server.active_requests")
            .with_description("counted")
            .with_unit("{request}")
            .build();
        counter.add(1, attributes);
    });
    assert_eq!(
        rules(Check::new().metrics(&points)),
        [
            "MUST not without the user's asking",
            "MUST the instrument is UpDownCounter",
            "MUST url.scheme is required",
            "MUST the unit is s",
            "SHOULD the buckets have the bounds of the conventions",
            "kit it has a description",
            "MUST url.scheme is required",
        ]
    );
}

struct Untraced;

impl StartServer for Untraced {
    fn features(&self) -> Features {
        let mut features = Features::default();
        features.websocket = false;
        features
    }

    async fn start(&self, _: &Capture) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = async |_: Request<Incoming>| {
                    Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("answer")))
                };
                tokio::spawn(async move {
                    hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service_fn(answer))
                        .await
                });
            }
        });
        address
    }
}

impl SendRequest for Untraced {
    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let url = request.url.strip_prefix("http://").ok_or(())?;
        let (authority, path) = url.split_once('/').ok_or(())?;
        let host = authority.rsplit('@').next().ok_or(())?;
        let mut stream = TcpStream::connect(host).await.map_err(drop)?;
        let head = format!("{} /{path} HTTP/1.1\r\n\r\n", request.method);
        stream.write_all(head.as_bytes()).await.map_err(drop)?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.map_err(drop)?;
        let line = std::str::from_utf8(&answer).map_err(drop)?;
        line.strip_prefix("HTTP/1.1 ")
            .ok_or(())?
            .parse()
            .map_err(drop)
    }
}

impl MakeCall for Untraced {
    async fn call(&self, _: &Capture, _: &Capture, call: Call) -> i32 {
        call.code
    }
}

/// Tells the same of each call, on both sides and without the parent.
struct Careless;

impl MakeCall for Careless {
    async fn call(&self, at_server: &Capture, at_client: &Capture, call: Call) -> i32 {
        for (capture, kind) in [(at_server, SpanKind::Server), (at_client, SpanKind::Client)] {
            let tracer = capture.tracer_provider().tracer_with_scope(scope());
            let builder = SpanBuilder::from_name("probe.Probe/Unary")
                .with_kind(kind)
                .with_attributes([
                    KeyValue::new("rpc.system.name", "grpc"),
                    KeyValue::new("rpc.method", "probe.Probe/Unary"),
                    KeyValue::new("rpc.response.status_code", "OK"),
                ]);
            drop(tracer.build_with_context(builder, &Default::default()));
        }
        call.code
    }
}

/// The strongest rules that all cases that ran break.
fn always_broken(report: &Report) -> Vec<String> {
    let ran = report.cases().iter().filter(|case| case.lacking.is_none());
    let ran = ran.count();
    let rules = report.rules().into_iter();
    rules
        .filter(|(_, _, cases)| *cases == ran)
        .map(|(_, rule, _)| rule)
        .collect()
}

#[tokio::test]
async fn a_server_that_records_nothing_fails_every_case() {
    let report = http_server::run(&Untraced).await;
    assert_eq!(
        always_broken(&report),
        ["each request has one", "the metric is recommended"]
    );
    let lacking: Vec<_> = report
        .cases()
        .iter()
        .filter_map(|case| case.lacking)
        .collect();
    assert_eq!(lacking, ["WebSocket"]);
}

#[tokio::test]
async fn a_client_that_records_nothing_fails_every_case() {
    let report = http_client::run(&Untraced).await;
    assert_eq!(
        always_broken(&report),
        ["each request has one", "the metric is recommended"]
    );
    let carries = "the request carries the span's context, once";
    assert!(
        report
            .rules()
            .iter()
            .any(|(strength, rule, _)| (*strength, rule.as_str()) == (Strength::Must, carries))
    );
    let result = std::panic::catch_unwind(|| report.assert_conforms());
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("cases do not conform"), "{message}");
    assert!(message.contains(carries), "{message}");
}

#[tokio::test]
async fn calls_that_nothing_is_recorded_of_fail_every_case() {
    let report = rpc::run(&Untraced).await;
    assert_eq!(
        always_broken(&report),
        ["each call has one", "each call is measured once"]
    );
}

#[tokio::test]
async fn calls_that_are_all_recorded_as_the_same_break_the_rules_of_their_codes() {
    let report = rpc::run(&Careless).await;
    let parent = "its parent is the span around the call; the server's, the client's";
    assert!(always_broken(&report).iter().any(|rule| rule == parent));
    let rules = report.rules();
    for (rule, cases) in [
        // All but `OK`, in both kinds of calls, and the method that nobody has.
        ("rpc.response.status_code tells what was sent", 33),
        ("error.type is conditionally required", 33),
        (
            "the status is the one that the conventions give for the code",
            33,
        ),
        ("rpc.method_original is conditionally required", 1),
        // The server's; of streams both sides'.
        ("the name is the method, or grpc", 18),
    ] {
        let found = rules.iter().find(|(_, found, _)| found == rule);
        assert_eq!(found.map(|(_, _, cases)| *cases), Some(cases), "{rule}");
    }
}
