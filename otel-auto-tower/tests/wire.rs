//! Requests in all the forms that HTTP/1.1 has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use axum::routing::post;
use otel_auto_testing::{Capture, SpanView};
use support::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends these bytes, reads until the server closes, and gives the one span.
async fn span_of(request: &str) -> SpanView {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
    server.span().await
}

fn texts<const N: usize>(span: &SpanView, keys: [&str; N]) -> [String; N] {
    keys.map(|key| span.text(key))
}

const TARGET: [&str; 5] = [
    "url.scheme",
    "server.address",
    "server.port",
    "url.path",
    "url.query",
];

#[tokio::test]
async fn an_absolute_target_tells_more_than_the_host() {
    let span = span_of(
        "GET http://target.example:81/users/7?page=1 HTTP/1.1\r\nhost: host.example\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(
        texts(&span, TARGET),
        ["http", "target.example", "81", "/users/7", "page=1"]
    );
}

#[tokio::test]
async fn options_of_the_whole_server_has_no_route() {
    let span =
        span_of("OPTIONS * HTTP/1.1\r\nhost: host.example\r\nconnection: close\r\n\r\n").await;
    assert_eq!(span.name, "OPTIONS");
    assert_eq!(texts(&span, TARGET), ["http", "host.example", "", "*", ""]);
}

#[tokio::test]
async fn connect_names_a_host_and_no_path() {
    let span = span_of(
        "CONNECT db.example:5432 HTTP/1.1\r\nhost: db.example:5432\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(span.name, "CONNECT");
    assert_eq!(texts(&span, TARGET), ["http", "db.example", "5432", "", ""]);
    assert!(span.get("url.path").is_none());
}

#[tokio::test]
async fn a_host_may_be_an_address_of_ipv6() {
    let span =
        span_of("GET / HTTP/1.1\r\nhost: [2001:db8::1]:8080\r\nconnection: close\r\n\r\n").await;
    assert_eq!(
        texts(&span, TARGET),
        ["http", "2001:db8::1", "8080", "/", ""]
    );
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    let span = span_of("GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(texts(&span, TARGET), ["http", "", "", "/", ""]);
    assert_eq!(span.text("network.protocol.version"), "1.0");
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_makes_one_span() {
    let server = Server::with(Capture::new(), |routes, layer| {
        routes
            .route("/echo", post(async |body: String| body))
            .layer(layer)
    })
    .await;
    let mut stream = server
        .send(
            "POST /echo HTTP/1.1\r\ncontent-length: 5\r\nexpect: 100-continue\r\nconnection: close",
        )
        .await;
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 100 "));
    assert!(server.capture.spans().is_empty());
    stream.write_all(b"12345").await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
    let span = server.span().await;
    assert_eq!(
        texts(&span, ["http.response.status_code", "error.type"]),
        ["200", ""]
    );
    assert_eq!(server.duration().number(), 1.0);
}
