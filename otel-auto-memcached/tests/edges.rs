//! A peer that no real server is: silent, or gone half-way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use otel_auto_memcached::{AsciiProtocol, Client};
use otel_auto_testing::Capture;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Accepts one connection, reads one command, sends this, and hangs up after a while if it is told to.
async fn peer(answer: &'static str, hang_up: bool) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 1_024];
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        if !hang_up {
            std::future::pending::<()>().await;
        }
    });
    let client = Client::from(
        async_memcached::Client::new(format!("tcp://{address}"))
            .await
            .unwrap(),
    );
    client.server("cache.example", 11211)
}

const KEYS: &[&str] = &["db.response.status_code", "error.type"];

#[tokio::test]
async fn a_dropped_call_is_no_error_but_those_after_it_are() {
    let capture = Capture::new();
    let mut client = peer("VALUE key", false).await;
    let call = capture.scope(client.get("key"));
    tokio::time::timeout(Duration::from_millis(50), call)
        .await
        .unwrap_err();
    assert!(client.is_closed());
    capture
        .scope(client.set("key", "value", None, None))
        .await
        .unwrap_err();
    assert_eq!(
        capture.tree_with(KEYS),
        "get cache.example:11211 client\n\
         set cache.example:11211 client error error.type=connection_closed\n"
    );
    assert!(capture.spans()[0].duration >= Duration::from_millis(50));
    assert_eq!(capture.metric("db.client.operation.duration").len(), 2);
    assert_eq!(capture.spans()[0].text("server.address"), "cache.example");
    assert_eq!(capture.spans()[0].get("server.port"), None);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_told_by_kind() {
    let capture = Capture::new();
    let mut client = peer("VALUE key", true).await;
    capture.scope(client.get("key")).await.unwrap_err();
    assert_eq!(
        capture.tree_with(KEYS),
        "get cache.example:11211 client error error.type=connection_closed\n"
    );
}

#[tokio::test]
async fn an_answer_to_another_command_is_a_protocol_error() {
    let capture = Capture::new();
    let mut client = peer("STORED\r\n", false).await;
    capture.scope(client.delete("key")).await.unwrap_err();
    assert_eq!(
        capture.tree_with(KEYS),
        "delete cache.example:11211 client error error.type=protocol_error\n"
    );
}

#[tokio::test]
async fn a_command_that_the_server_does_not_know_is_an_error() {
    let capture = Capture::new();
    let mut client = peer("ERROR\r\n", false).await;
    capture.scope(client.delete("key")).await.unwrap_err();
    assert_eq!(
        capture.tree_with(KEYS),
        "delete cache.example:11211 client error db.response.status_code=ERROR error.type=ERROR\n"
    );
}
