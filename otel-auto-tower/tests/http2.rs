//! Requests over HTTP/2.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::Server;
use tokio::net::TcpStream;

async fn connect(server: &Server) -> SendRequest<Body> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

fn get(path: &str) -> Request<Body> {
    Request::get(format!("http://shop.example:8443{path}"))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn the_authority_is_the_server() {
    let server = Server::start().await;
    let mut client = connect(&server).await;
    let response = client.send_request(get("/users/7")).await.unwrap();
    let _ = response.into_body().collect().await.unwrap();
    let span = server.span().await;
    assert_eq!(span.name, "GET /users/{id}");
    for (key, wanted) in [
        ("server.address", "shop.example"),
        ("server.port", "8443"),
        ("url.scheme", "http"),
        ("network.protocol.version", "2"),
        ("network.protocol.name", ""),
    ] {
        assert_eq!(span.text(key), wanted, "{key}");
    }
}

#[tokio::test]
async fn a_stream_that_the_client_resets_was_cancelled() {
    let server = Server::start().await;
    let mut client = connect(&server).await;
    // In the body.
    let response = client.send_request(get("/endless")).await.unwrap();
    let mut body = response.into_body();
    let _ = body.frame().await.unwrap().unwrap();
    drop(body);
    let span = server.span().await;
    assert_eq!(span.text("error.type"), "cancelled");
    assert_eq!(span.text("http.response.status_code"), "200");
    server.capture.clear_spans();

    // Before the head.
    let pending = client.send_request(get("/slow"));
    let _ = tokio::time::timeout(support::TICK, pending).await;
    let span = server.span().await;
    assert_eq!(span.text("error.type"), "cancelled");
    assert_eq!(span.text("http.response.status_code"), "");
    assert_eq!(server.active(), 0.0);
    // The connection lives on.
    let response = client.send_request(get("/users/7")).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_websocket_ends_the_request_when_it_opens() {
    let server = Server::start().await;
    let mut client = connect(&server).await;
    // The server's settings have come with the first answer.
    let response = client.send_request(get("/")).await.unwrap();
    let _ = response.into_body().collect().await.unwrap();
    let _ = server.span().await;
    server.capture.clear_spans();

    let mut request = Request::connect("http://shop.example:8443/socket")
        .header("sec-websocket-version", "13")
        .body(Body::empty())
        .unwrap();
    let websocket = hyper::ext::Protocol::from_static("websocket");
    request.extensions_mut().insert(websocket);
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let socket = hyper::upgrade::on(response).await.unwrap();
    // The socket is still open.
    let span = server.span().await;
    assert_eq!(span.name, "CONNECT /socket");
    assert_eq!(span.text("http.response.status_code"), "200");
    assert!(!span.is_error());
    assert_eq!(server.active(), 0.0);
    drop(socket);
}
