//! Spans of `tracing` and ours below one another, in both directions, in a program after `init()`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::time::Duration;

use axum::{Router, routing::get};
use opentelemetry::{
    Context,
    trace::{TraceContextExt, Tracer},
};
use otel_auto::{instrumented, tower::HttpServerLayer};
use otel_auto_testing::receiver::{Receiver, Span};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::Instrument;

#[tracing::instrument]
async fn theirs() {
    ours().await;
}

#[instrumented]
async fn ours() {
    innermost().await;
}

#[tracing::instrument]
async fn innermost() {}

#[instrumented]
fn synchronous() {
    tracing::info_span!("in synchronous").in_scope(|| ());
}

async fn nested() -> &'static str {
    theirs().await;
    synchronous();
    let direct = opentelemetry::global::tracer("test").start("direct");
    let _guard = Context::current_with_span(direct).attach();
    tracing::info_span!("in direct").in_scope(|| ());
    "done"
}

async fn spawns() -> &'static str {
    let by_tracing = tokio::spawn(theirs().in_current_span());
    let by_context = tokio::spawn(opentelemetry::trace::FutureExt::with_current_context(ours()));
    by_tracing.await.unwrap();
    by_context.await.unwrap();
    assert_eq!(
        Context::current().span().span_context().span_id(),
        tracing_opentelemetry::OpenTelemetrySpanExt::context(&tracing::Span::current())
            .span()
            .span_context()
            .span_id(),
    );
    tracing::Span::current().record("otel.name", "ignored");
    "done"
}

async fn logs() -> &'static str {
    tracing::error!("this is logged, the request is fine");
    "done"
}

/// The program.
#[test]
fn case() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = otel_auto::init!();
        let app = Router::new()
            .route("/nested", get(nested))
            .route("/spawns", get(spawns))
            .route("/logs", get(logs))
            .layer(HttpServerLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        for path in ["nested", "spawns", "logs"] {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let request = format!("GET /{path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.ends_with("done"), "{answer}");
        }
        otel.shutdown();
    });
}

#[test]
fn spans_of_both_worlds_are_one_tree() {
    let receiver = Receiver::start();
    let (output, _) = run(
        "both worlds",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("RUST_LOG", "off"),
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let spans = receiver.wait_for_spans(13, Duration::from_secs(5));
    assert_eq!(
        tree(&spans, "GET /nested"),
        "GET /nested(theirs(ours(innermost)) synchronous(in synchronous) direct(in direct))"
    );
    assert_eq!(
        tree(&spans, "GET /spawns"),
        "GET /spawns(ours(innermost) theirs(ours(innermost)))"
    );
    assert_eq!(tree(&spans, "GET /logs"), "GET /logs");
    let logging = spans.iter().find(|span| span.name == "GET /logs").unwrap();
    // An error that is logged is no failed request, and no event of the span.
    assert_eq!(logging.status.as_ref().map_or(0, |status| status.code), 0);
    assert!(logging.events.is_empty());
    let logged = receiver.logs();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(
        (&logged[0].trace_id, &logged[0].span_id),
        (&logging.trace_id, &logging.span_id)
    );
    for span in &spans {
        let noise = [
            "busy_ns",
            "idle_ns",
            "target",
            "thread.id",
            "code.module.name",
            "level",
        ];
        assert!(
            span.attributes
                .iter()
                .all(|attribute| !noise.contains(&attribute.key.as_str())),
            "{span:?}"
        );
        assert!(
            span.end_time_unix_nano >= span.start_time_unix_nano,
            "{span:?}"
        );
    }
}

/// `parent(child child)`, children by name where they ran at the same time.
fn tree(spans: &[Span], root: &str) -> String {
    fn write(spans: &[Span], span: &Span, out: &mut String) {
        out.push_str(&span.name);
        let mut children: Vec<_> = spans
            .iter()
            .filter(|child| child.parent_span_id == span.span_id)
            .collect();
        children.sort_by_key(|child| child.start_time_unix_nano);
        if span.name == "GET /spawns" {
            children.sort_by_key(|child| child.name.clone());
        }
        for (at, child) in children.iter().enumerate() {
            out.push(if at == 0 { '(' } else { ' ' });
            write(spans, child, out);
        }
        if !children.is_empty() {
            out.push(')');
        }
    }
    let mut out = String::new();
    let root = spans.iter().find(|span| span.name == root).unwrap();
    assert!(root.parent_span_id.is_empty());
    write(spans, root, &mut out);
    out
}
