//! What is recorded of a request, and what is not.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use actix_web::App;
use otel_auto_testing::Capture;
use support::{Server, routes};

#[tokio::test]
async fn a_request_has_the_attributes_of_the_convention_and_no_others() {
    let server = Server::start();
    let _ = server
        .exchange(
            "GET /users/7?page=2&sig=hush HTTP/1.1\r\nuser-agent: test/1.0\r\nauthorization: Bearer hush\r\n\
             cookie: session=hush\r\nx-api-key: hush",
        )
        .await;
    let span = server.span().await;
    let mut attributes = span.attributes();
    let port = attributes
        .iter_mut()
        .find(|(key, _)| key == "network.peer.port")
        .unwrap();
    assert!(port.1.parse::<u16>().is_ok());
    port.1 = "PORT".to_owned();
    let expected = [
        ("client.address", "127.0.0.1"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/users/{id}"),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", "PORT"),
        ("network.protocol.version", "1.1"),
        ("server.address", "example.com"),
        ("server.port", "8080"),
        ("url.path", "/users/7"),
        ("url.query", "page=2&sig=REDACTED"),
        ("url.scheme", "http"),
        ("user_agent.original", "test/1.0"),
    ];
    let expected: Vec<_> = expected
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    assert_eq!(attributes, expected);
    assert!(matches!(
        span.get("server.port"),
        Some(otel_auto_core::opentelemetry::Value::I64(8080))
    ));
    assert!(!format!("{:?}", span.data).contains("hush"));
    assert_eq!(span.scope, "otel-auto-actix");
    assert!(span.data.instrumentation_scope.schema_url().is_some());
}

#[tokio::test]
async fn metrics_have_the_attributes_of_the_convention_and_no_others() {
    let server = Server::start();
    let _ = server.exchange("GET /users/7 HTTP/1.1").await;
    let _ = server.span().await;
    let point = server.duration();
    assert_eq!(point.unit, "s");
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/users/{id}"),
        ("network.protocol.version", "1.1"),
        ("url.scheme", "http"),
    ];
    let expected: Vec<_> = expected
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    assert_eq!(point.attributes, expected);
    let otel_auto_testing::MetricValue::Histogram { bounds, .. } = &point.value else {
        panic!("a histogram")
    };
    assert_eq!(bounds.first(), Some(&0.005));
    assert_eq!(bounds.len(), 14);
    let active = server.capture.metric("http.server.active_requests");
    let keys: Vec<_> = active[0]
        .attributes
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, ["http.request.method", "url.scheme"]);
}

#[tokio::test]
async fn an_unknown_method_makes_no_new_series() {
    let server = Server::start();
    for method in ["FOO", "BAR", "get"] {
        let _ = server.exchange(&format!("{method} /any HTTP/1.1")).await;
    }
    let spans = server.spans(3).await;
    assert!(
        spans
            .iter()
            .all(|span| span.name == "HTTP /any" && span.text("http.request.method") == "_OTHER")
    );
    let originals: Vec<_> = spans
        .iter()
        .map(|span| span.text("http.request.method_original"))
        .collect();
    assert_eq!(originals, ["FOO", "BAR", "get"]);
    let points = server.capture.metric("http.server.request.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].get("http.request.method"), "_OTHER");
}

#[tokio::test]
async fn proxies_are_believed_unless_told_otherwise() {
    let head = "GET / HTTP/1.1\r\nforwarded: for=203.0.113.9;proto=https;host=shop.example";
    let server = Server::start();
    let _ = server.exchange(head).await;
    let span = server.span().await;
    assert_eq!(
        (
            span.text("client.address"),
            span.text("url.scheme"),
            span.text("server.address")
        ),
        (
            "203.0.113.9".to_owned(),
            "https".to_owned(),
            "shop.example".to_owned()
        )
    );
    assert_eq!(span.text("network.peer.address"), "127.0.0.1");

    let capture = Capture::builder()
        .settings(|settings| settings.http.trust_forwarded = false)
        .build();
    let server = Server::with(capture, 1, |middleware| {
        App::new().configure(routes).wrap(middleware)
    });
    let _ = server.exchange(head).await;
    let span = server.span().await;
    assert_eq!(
        (
            span.text("client.address"),
            span.text("url.scheme"),
            span.text("server.address")
        ),
        (
            "127.0.0.1".to_owned(),
            "http".to_owned(),
            "example.com".to_owned()
        )
    );
}

#[tokio::test]
async fn hostile_forwarded_headers_add_no_series() {
    let server = Server::start();
    for at in 0..20 {
        let head = format!(
            "GET / HTTP/1.1\r\nx-forwarded-proto: scheme{at}\r\nx-forwarded-host: host{at}.example"
        );
        let _ = server.exchange(&head).await;
    }
    let _ = server.spans(20).await;
    assert_eq!(
        server.capture.metric("http.server.request.duration").len(),
        1
    );
    assert_eq!(
        server.capture.metric("http.server.active_requests").len(),
        1
    );
}

#[tokio::test]
async fn the_remote_parent_is_taken_from_the_headers() {
    let server = Server::start();
    let _ = server
        .exchange("GET / HTTP/1.1\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .await;
    let span = server.span().await;
    assert_eq!(
        span.trace_id.to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(span.parent.to_string(), "00f067aa0ba902b7");
    assert!(span.remote_parent);
}
