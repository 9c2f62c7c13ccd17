//! What the settings switch on and leave out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use actix_web::{App, web};
use otel_auto_core::{Matcher, Settings};
use otel_auto_testing::Capture;
use support::{Server, routes};

fn server(change: impl FnOnce(&mut Settings)) -> Server {
    let capture = Capture::builder().settings(change).build();
    Server::with(capture, 1, |middleware| {
        App::new()
            .route("/echo", web::post().to(|body: String| async move { body }))
            .configure(routes)
            .wrap(middleware)
    })
}

/// Of request and response, on the span and on the metrics; empty where there is none.
async fn sizes(head: &str) -> [String; 2] {
    let server = server(|settings| settings.http.body_sizes = true);
    server.exchange(head).await;
    let span = server.span().await;
    ["request", "response"].map(|side| {
        let size = span.text(&format!("http.{side}.body.size"));
        let points = server
            .capture
            .metric(&format!("http.server.{side}.body.size"));
        let sums: Vec<_> = points.iter().map(|point| point.sum().to_string()).collect();
        assert_eq!(sums.concat(), size, "{side}");
        size
    })
}

#[actix_web::test]
async fn bodies_are_counted_announced_or_not() {
    let chunked =
        "transfer-encoding: chunked\r\nhost: h\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (head, request, response) in [
        ("GET / HTTP/1.1", "0", "4"),
        ("GET /empty HTTP/1.1", "0", ""),
        ("HEAD /users/7 HTTP/1.1", "0", ""),
        ("GET /half HTTP/1.1", "0", "4"),
        ("GET /stream HTTP/1.1", "0", "28"),
        (&format!("POST /echo HTTP/1.1\r\n{chunked}"), "5", "5"),
    ] {
        let sizes = sizes(head).await;
        assert_eq!(sizes, [request, response], "{head}");
    }
}

#[actix_web::test]
async fn an_excluded_request_makes_no_telemetry() {
    let server = server(|settings| {
        let empty = Matcher::new(|url| url.ends_with("/empty"));
        settings.http.excluded_urls.all = Some(empty);
    });
    server.exchange("GET /empty HTTP/1.1").await;
    server.exchange("GET / HTTP/1.1").await;
    assert_eq!(server.span().await.name, "GET /");
    assert_eq!(server.duration().number(), 1.0);
    assert_eq!(server.active(), 0.0);
}

#[actix_web::test]
async fn captured_headers_are_on_the_span_alone() {
    let server = server(|settings| {
        let all = Matcher::new(|name| name == "x-tenant" || name == "authorization");
        settings.http.server_headers.request.push(all);
        settings
            .http
            .server_headers
            .response
            .push(Matcher::exact("content-type"));
    });
    let head = "GET / HTTP/1.1\r\nx-tenant: a\r\nx-tenant: b\r\nauthorization: secret";
    server.exchange(head).await;
    let span = server.span().await;
    assert_eq!(span.text("http.request.header.x-tenant"), "[a,b]");
    assert_eq!(
        span.text("http.request.header.authorization"),
        "[[REDACTED]]"
    );
    assert!(!span.text("http.response.header.content-type").is_empty());
    let attributes = server.duration().attributes;
    assert!(attributes.iter().all(|(key, _)| !key.contains("header")));
}
