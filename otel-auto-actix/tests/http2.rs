//! Over HTTP/2, without TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http2::SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::{Server, TICK};
use tokio::net::TcpStream;

async fn connect(server: &Server) -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(server.h2).await.unwrap();
    let (client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    client
}

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://shop.example:8080{path}"))
        .body(Empty::new())
        .unwrap()
}

#[tokio::test]
async fn the_authority_and_the_version_are_those_of_http_2() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let response = client.send_request(get("/users/7")).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "user 7"
    );
    let span = server.span().await;
    assert_eq!(span.name, "GET /users/{id}");
    for (key, value) in [
        ("network.protocol.version", "2"),
        ("server.address", "shop.example"),
        ("server.port", "8080"),
        ("url.scheme", "http"),
        ("network.peer.address", "127.0.0.1"),
    ] {
        assert_eq!(span.text(key), value, "{key}");
    }
    assert_eq!(server.active(), 0.0);
}

#[tokio::test]
async fn streams_of_one_connection_are_requests_of_their_own() {
    let server = Server::start();
    let client = connect(&server).await;
    let answers = (0..20).map(|at| {
        let mut client = client.clone();
        async move {
            let path = if at % 2 == 0 { "/stream" } else { "/error" };
            let response = client.send_request(get(path)).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
    });
    futures_util::future::join_all(answers).await;
    let spans = server.spans(20).await;
    let failed = spans.iter().filter(|span| span.is_error()).count();
    assert_eq!((spans.len(), failed), (20, 10));
    assert_eq!(server.active(), 0.0);
}

#[tokio::test]
async fn a_stream_that_is_reset_cancels_its_request() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let mut response = client.send_request(get("/endless")).await.unwrap();
    let _ = response.body_mut().frame().await.unwrap().unwrap();
    drop(response);
    let span = server.span().await;
    assert_eq!(span.name, "GET /endless");
    assert_eq!(span.text("error.type"), "cancelled");
    assert_eq!(span.text("http.response.status_code"), "200");
    assert!(span.duration >= TICK);
    assert_eq!(server.active(), 0.0);
}
