//! Entries of baggage as attributes of spans: of ours, direct and through `tracing`, and of the program's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::collections::BTreeMap;

use axum::{Router, routing::get};
use opentelemetry::{
    KeyValue,
    trace::{Span as _, Tracer},
};
use otel_auto::{baggage, instrumented, tower::HttpServerLayer};
use otel_auto_testing::receiver::{Receiver, Span};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const INCLUDE: &str = "OTEL_RUST_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE";

#[tracing::instrument(skip_all, fields(tenant = "theirs"))]
async fn theirs() {
    tracing::info_span!("inside").in_scope(|| ());
}

#[instrumented(attributes(tenant = "ours"))]
async fn ours() {
    let tracer = opentelemetry::global::tracer("test");
    let mut direct = tracer.start("direct");
    direct.set_attribute(KeyValue::new("tenant", "later"));
    direct.end();
    let at_start = tracer
        .span_builder("at start")
        .with_attributes([KeyValue::new("tenant", "first")]);
    at_start.start(&tracer).end();
    tracer.start("plain").end();
}

async fn handler() -> &'static str {
    theirs().await;
    baggage::with([("added", "here")], ours()).await;
    "done"
}

/// The program.
#[test]
fn case() {
    let Some(case) = std::env::var_os(CASE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = if case == "direct" {
            otel_auto::builder().without_subscriber().init()
        } else {
            otel_auto::init!()
        };
        let app = Router::new()
            .route("/", get(handler))
            .layer(HttpServerLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let many: String = (0..50).map(|number| format!(",many{number}=x")).collect();
        let long = "y".repeat(1000);
        // What a caller may send who wants to be taken for another one, or to make spans large.
        let request = format!(
            "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\
             baggage: tenant=acme,other=no,http.request.method=PUT,http.response.status_code=500,long={long}\r\n\
             baggage: none=0{many}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        otel.shutdown();
    });
}

fn spans(case: &str, include: &str) -> BTreeMap<String, Span> {
    spans_with(case, &[(INCLUDE, include)])
}

fn spans_with(case: &str, environment: &[(&str, &str)]) -> BTreeMap<String, Span> {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = environment.to_vec();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let (output, _) = run(case, &environment);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let spans = receiver.spans().into_iter();
    spans.map(|span| (span.name.clone(), span)).collect()
}

/// All values of a key: a key is there once, or not at all.
#[track_caller]
fn value(span: &Span, key: &str) -> Option<String> {
    let attributes = span.attributes.iter();
    let count = attributes.filter(|attribute| attribute.key == key).count();
    assert!(count <= 1, "{key} is there {count} times: {span:?}");
    span.attribute(key)
}

const CASES: [(&str, &[&str]); 2] = [
    ("direct", &["GET /", "ours", "direct", "at start", "plain"]),
    (
        "through tracing",
        &[
            "GET /", "theirs", "inside", "ours", "direct", "at start", "plain",
        ],
    ),
];

#[test]
fn the_entries_of_the_list_are_attributes_of_each_span_below() {
    for (case, names) in CASES {
        let spans = spans(case, "tenant, added");
        assert_eq!(spans.len(), names.len(), "{case}: {:?}", spans.keys());
        for name in names {
            let tenant = match *name {
                "theirs" => "theirs",
                "ours" => "ours",
                "direct" => "later",
                "at start" => "first",
                _ => "acme",
            };
            let span = &spans[*name];
            assert_eq!(
                value(span, "tenant").as_deref(),
                Some(tenant),
                "{case} {name}"
            );
            assert_eq!(value(span, "other"), None);
            let below_added = !["GET /", "theirs", "inside"].contains(name);
            let added = below_added.then_some("here");
            assert_eq!(value(span, "added").as_deref(), added, "{case} {name}");
        }
    }
}

#[test]
fn nothing_is_copied_that_was_not_asked_for() {
    for spans in [
        spans_with("through tracing", &[]),
        spans("through tracing", "none"),
        spans("through tracing", "Tenant,acme"),
    ] {
        for name in ["GET /", "inside", "plain"] {
            assert_eq!(value(&spans[name], "tenant"), None);
            assert_eq!(value(&spans[name], "none"), None);
        }
    }
}

#[test]
fn what_a_convention_says_stays_although_callers_send_its_keys() {
    for (case, _) in CASES {
        let list = "http.request.method,http.response.status_code";
        for include in [list, "*"] {
            let spans = spans(case, include);
            let server = &spans["GET /"];
            let method = value(server, "http.request.method");
            assert_eq!(method.as_deref(), Some("GET"), "{case}");
            let status = value(server, "http.response.status_code");
            assert_eq!(status.as_deref(), Some("200"), "{case}");
        }
    }
}

#[test]
fn a_caller_does_not_decide_how_large_a_span_is() {
    let spans = spans("direct", "*");
    let plain = &spans["plain"].attributes;
    assert!((1..=32).contains(&plain.len()), "{}", plain.len());
    let spans = self::spans("direct", "long");
    assert_eq!(value(&spans["plain"], "long"), Some("y".repeat(256)));
    let limit = ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10");
    let spans = spans_with("direct", &[(INCLUDE, "long"), limit]);
    assert_eq!(value(&spans["plain"], "long"), Some("y".repeat(10)));
}
