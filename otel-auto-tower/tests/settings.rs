//! What the settings switch on and leave out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use axum::{Router, body::Body, extract::Request, http::HeaderValue, routing::post};
use otel_auto_core::{
    Matcher, Settings,
    opentelemetry::{Array, Context, Value, trace::TraceContextExt},
};
use otel_auto_testing::{Capture, SpanView};
use support::{Server, TICK};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn server(change: impl FnOnce(&mut Settings), add: impl FnOnce(Router) -> Router) -> Server {
    let capture = Capture::builder().settings(change).build();
    Server::with(capture, |routes, layer| add(routes).layer(layer)).await
}

fn array(span: &SpanView, key: &str) -> Vec<String> {
    match span.get(key) {
        Some(Value::Array(Array::String(values))) => {
            values.iter().map(|value| value.to_string()).collect()
        }
        None => Vec::new(),
        Some(other) => panic!("{key} is {other:?}"),
    }
}

#[tokio::test]
async fn an_excluded_url_makes_nothing_and_the_others_do() {
    let server = server(
        |settings| {
            settings.http.excluded_urls.all = Some(Matcher::new(|url| {
                url.starts_with("http://example.com:8080/any?probe")
            }));
        },
        |routes| routes,
    )
    .await;
    let _ = server.exchange("GET /any?probe=1 HTTP/1.1").await;
    let _ = server.exchange("GET /any?other=1 HTTP/1.1").await;
    let span = server.span().await;
    assert_eq!(span.text("url.query"), "other=1");
    assert_eq!(server.duration().number(), 1.0);
    assert_eq!(server.active(), 0.0);
}

#[tokio::test]
async fn inside_of_an_excluded_request_the_trace_goes_on_unsampled() {
    let inside = async || {
        let context = Context::current();
        let span = context.span().span_context().clone();
        let spawned = tokio::spawn(async move { otel_auto_core::is_excluded(&context) });
        format!(
            "{} {} {}",
            span.trace_id(),
            span.is_sampled(),
            spawned.await.unwrap()
        )
    };
    let capture = Capture::builder()
        .settings(|settings| settings.http.excluded_urls.all = Some(Matcher::new(|_| true)))
        .build();
    // Two layers: the inner one leaves it alone too.
    let server = Server::with(capture, |routes, layer| {
        routes
            .route("/inside", axum::routing::get(inside))
            .layer(layer.clone())
            .layer(layer)
    })
    .await;
    let answer = server
        .exchange("GET /inside HTTP/1.1\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .await;
    assert!(
        answer.ends_with("4bf92f3577b34da6a3ce929d0e0e4736 false true"),
        "{answer}"
    );
    assert_eq!(server.capture.tree(), "");
    assert_eq!(server.capture.metrics(), []);
}

#[tokio::test]
async fn headers_that_are_asked_for_are_arrays_and_those_of_credentials_are_redacted() {
    let respond = async || {
        let mut secret = HeaderValue::from_static("hush");
        secret.set_sensitive(true);
        let mut response = axum::http::Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.append("x-answer", HeaderValue::from_static("1"));
        headers.append("x-answer", HeaderValue::from_static("2"));
        headers.append("x-secret", secret);
        headers.append("set-cookie", HeaderValue::from_static("session=hush"));
        response
    };
    let server = server(
        |settings| {
            let names = |names: &[&str]| names.iter().map(|name| Matcher::exact(*name)).collect();
            let headers = &mut settings.http.server_headers;
            headers.request = names(&["x-tag", "authorization", "x-absent"]);
            headers.response = names(&["x-answer", "x-secret", "set-cookie"]);
        },
        |routes| routes.route("/headers", axum::routing::get(respond)),
    )
    .await;
    let _ = server
        .exchange(
            "GET /headers HTTP/1.1\r\nX-Tag: a, b\r\nx-other: no\r\nx-tag: c\r\n\
             authorization: Bearer hush",
        )
        .await;
    let span = server.span().await;
    for (key, wanted) in [
        ("http.request.header.x-tag", &["a, b", "c"][..]),
        ("http.request.header.authorization", &["[REDACTED]"]),
        ("http.request.header.x-absent", &[]),
        ("http.request.header.x-other", &[]),
        ("http.response.header.x-answer", &["1", "2"]),
        ("http.response.header.x-secret", &["[REDACTED]"]),
        ("http.response.header.set-cookie", &["[REDACTED]"]),
    ] {
        assert_eq!(array(&span, key), wanted, "{key}");
    }
    assert!(!format!("{:?}", span.data).contains("hush"));
    assert!(
        server
            .duration()
            .attributes
            .iter()
            .all(|(key, _)| !key.contains("header"))
    );
}

/// The sizes of request and response on the span and on the metrics; empty where there is none.
async fn sizes(server: &Server) -> [String; 2] {
    let span = server.span().await;
    ["request", "response"].map(|side| {
        let size = span.text(&format!("http.{side}.body.size"));
        let points = server
            .capture
            .metric(&format!("http.server.{side}.body.size"));
        match points.as_slice() {
            [] => assert_eq!(size, "", "{side}"),
            [point] => {
                assert_eq!((point.unit.as_str(), point.number()), ("By", 1.0));
                assert_eq!(point.sum().to_string(), size, "{side}");
                assert_eq!(point.attributes, server.duration().attributes);
            }
            more => panic!("{more:?}"),
        }
        size
    })
}

async fn with_sizes() -> Server {
    server(
        |settings| settings.http.body_sizes = true,
        |routes| {
            routes
                .route("/echo", post(async |body: String| body))
                .route("/ignore", post(async |request: Request| drop(request)))
        },
    )
    .await
}

#[tokio::test]
async fn bodies_that_are_not_there_have_the_size_zero_but_for_answers_to_head() {
    for (head, response) in [
        ("GET /users/7 HTTP/1.1", "6"),
        ("GET /stream HTTP/1.1", "28"),
        ("GET /announced HTTP/1.1", "10"),
        ("GET /empty HTTP/1.1", "0"),
        ("HEAD /users/7 HTTP/1.1", ""),
    ] {
        let server = with_sizes().await;
        let _ = server.exchange(head).await;
        assert_eq!(sizes(&server).await, ["0", response], "{head}");
    }
}

#[tokio::test]
async fn an_announced_request_is_as_long_as_it_says_also_if_nobody_reads_it() {
    for path in ["/echo", "/ignore"] {
        let server = with_sizes().await;
        let head = format!("POST {path} HTTP/1.1\r\ncontent-length: 5\r\nconnection: close");
        let mut stream = server.send(&head).await;
        stream.write_all(b"12345").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        let response = if path == "/echo" { "5" } else { "0" };
        assert_eq!(sizes(&server).await, ["5", response], "{path}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_announced_is_counted_while_it_is_read() {
    for (path, wanted) in [("/echo", ["8", "8"]), ("/ignore", ["", "0"])] {
        let server = with_sizes().await;
        let head =
            format!("POST {path} HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close");
        let mut stream = server.send(&head).await;
        stream.write_all(b"5\r\n12345\r\n").await.unwrap();
        tokio::time::sleep(TICK).await;
        let _ = stream.write_all(b"3\r\n678\r\n0\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
        assert_eq!(sizes(&server).await, wanted, "{path}");
    }
}

#[tokio::test]
async fn a_response_that_is_cut_has_the_size_that_was_sent() {
    let server = with_sizes().await;
    let mut stream = server.send("GET /endless HTTP/1.1").await;
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("tick 2") {
        let _ = stream.read_buf(&mut seen).await.unwrap();
    }
    drop(stream);
    let size: u64 = sizes(&server).await[1].parse().unwrap();
    assert!(size >= 21 && size % 7 == 0 && size < 70, "{size}");
}
