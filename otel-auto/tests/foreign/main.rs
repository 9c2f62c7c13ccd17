//! One trace through services of other languages, with OpenTelemetry's own instrumentation of them, and ours between.
//! `scripts/foreign` installs what they need; ours is this test run again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod ours;
mod service;
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use otel_auto_testing::receiver::{Receiver, Span};
use serde_json::{Value, json};
use service::{Language, Service};
use support::CASE;

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNSAMPLED: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "00f067aa0ba902b7";
const TRACESTATE: &str = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
const BAGGAGE: &str = "user=J%C3%BCrgen,region=eu-west-1,share=50%25";

/// Our service, in a process of its own.
#[test]
fn case() {
    if std::env::var_os(CASE).is_some() {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(ours::serve());
    }
}

#[test]
fn python_before_and_after_ours_is_one_trace() {
    assert_one_trace(Language::Python, Language::Python);
}

#[test]
fn node_before_and_after_ours_is_one_trace() {
    assert_one_trace(Language::Node, Language::Node);
}

#[test]
fn python_before_and_node_after_ours_is_one_trace() {
    assert_one_trace(Language::Python, Language::Node);
}

#[test]
fn node_before_and_python_after_ours_is_one_trace() {
    assert_one_trace(Language::Node, Language::Python);
}

fn assert_one_trace(before: Language, after: Language) {
    let Some(folder) = service::folder() else {
        return;
    };
    let receiver = Receiver::start();
    let start = |language, name| Service::start(language, name, &folder, &receiver.endpoint());
    let services = [
        start(before, "first"),
        start(Language::Ours, "ours"),
        start(after, "last"),
    ];
    let [first, ours, last] = &services;
    let path = first.call(&ours.url(&ours.call(&last.url("/echo"))));

    let request = |trace_id, flags: &str| {
        let headers = [
            ("traceparent", format!("00-{trace_id}-{CALLER}-{flags}")),
            ("tracestate", TRACESTATE.to_owned()),
            ("baggage", BAGGAGE.to_owned()),
        ];
        first.get(&path, &headers)
    };
    assert_seen(&request(TRACE_ID, "01"), TRACE_ID, true);
    assert_seen(&request(UNSAMPLED, "00"), UNSAMPLED, false);

    // What has not been exported yet is when they end.
    for service in services {
        service.stop();
    }
    assert_chain(&receiver.spans());
}

/// What each service saw itself, the first one first.
fn assert_seen(views: &[Value], trace_id: &str, sampled: bool) {
    assert_eq!(views.len(), 3, "{views:#?}");
    for view in views {
        assert_eq!(view["trace_id"], trace_id, "{views:#?}");
        assert_eq!(view["sampled"], sampled, "{views:#?}");
        assert_eq!(view["tracestate"], TRACESTATE, "{views:#?}");
        let baggage = json!({"user": "Jürgen", "region": "eu-west-1", "share": "50%"});
        assert_eq!(view["baggage"], baggage, "{views:#?}");
        let received = &view["received"];
        let traceparent = received["traceparent"].as_str().unwrap();
        assert!(traceparent.starts_with(&format!("00-{trace_id}-")));
        let flags = if sampled { "-01" } else { "-00" };
        assert!(traceparent.ends_with(flags), "{views:#?}");
        assert_eq!(received["tracestate"], TRACESTATE, "{views:#?}");
        let mut members: Vec<_> = received["baggage"].as_str().unwrap().split(',').collect();
        members.sort_unstable();
        let mut wanted: Vec<_> = BAGGAGE.split(',').collect();
        wanted.sort_unstable();
        assert_eq!(members, wanted, "{views:#?}");
    }
}

/// From the last service back to the caller, each span is the parent of the one before; nothing else was recorded, but
/// for the INTERNAL spans that a framework makes of its own steps.
fn assert_chain(spans: &[Span]) {
    let told = || {
        let lines = spans.iter().map(|span| {
            let (name, kind) = (&span.name, span.kind());
            let (id, parent) = (span.span_id(), span.parent_span_id());
            format!("{} {kind:?} {name}: {id} below {parent}\n", service(span))
        });
        lines.collect::<String>()
    };
    assert!(
        spans.iter().all(|span| span.trace_id() == TRACE_ID),
        "{}",
        told()
    );
    let is_hop = |span: &&Span| span.kind() != SpanKind::Internal;
    let mut at = spans
        .iter()
        .find(|span| service(span) == "last" && span.kind() == SpanKind::Server);
    let mut chain = Vec::new();
    let mut above = String::new();
    while let Some(span) = at {
        if is_hop(&span) {
            chain.push((service(span), span.kind()));
        }
        above = span.parent_span_id();
        at = spans.iter().find(|span| span.span_id() == above);
    }
    let wanted = [
        ("last", SpanKind::Server),
        ("ours", SpanKind::Client),
        ("ours", SpanKind::Server),
        ("first", SpanKind::Client),
        ("first", SpanKind::Server),
    ];
    let wanted = wanted.map(|(service, kind)| (service.to_owned(), kind));
    assert_eq!(chain, wanted, "{}", told());
    assert_eq!(above, CALLER, "{}", told());
    assert_eq!(spans.iter().filter(is_hop).count(), 5, "{}", told());
    assert!(
        spans
            .iter()
            .all(|span| span.trace_state == TRACESTATE || span.kind() == SpanKind::Internal),
        "{}",
        told()
    );
}

fn service(span: &Span) -> String {
    span.resource_attribute("service.name").unwrap_or_default()
}
