//! However a request ends: its span has its real length, its duration is recorded once, the gauge goes back.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::time::Duration;

use otel_auto_testing::SpanView;
use support::{Server, TICK};
use tokio::io::AsyncReadExt;

/// Span and metric tell the same: `error.type`, status code, length; and nothing is left under way.
async fn assert_ended(server: &Server, error_type: &str, status: &str) -> SpanView {
    let span = server.span().await;
    assert_eq!(
        span.text("error.type"),
        error_type,
        "{:?}",
        span.attributes()
    );
    assert_eq!(span.is_error(), !error_type.is_empty());
    assert_eq!(span.text("http.response.status_code"), status);
    let point = server.duration();
    assert_eq!(
        (
            point.get("error.type"),
            point.get("http.response.status_code")
        ),
        (error_type, status)
    );
    assert!((point.sum() - span.duration.as_secs_f64()).abs() < 1e-6);
    assert_eq!(server.active(), 0.0);
    span
}

#[tokio::test]
async fn a_client_that_disconnects_cancels_the_request() {
    let server = Server::start();
    let stream = server.send("GET /slow HTTP/1.1").await;
    tokio::time::sleep(2 * TICK).await;
    assert_eq!(server.active(), 1.0);
    drop(stream);
    let span = assert_ended(&server, "cancelled", "").await;
    assert_eq!(span.name, "GET /slow");
    // The other thread may have been slow to take the request.
    assert!(span.duration >= TICK, "{:?}", span.duration);
}

#[tokio::test]
async fn a_handler_that_panics_is_recorded() {
    let server = Server::start();
    assert_eq!(server.exchange("GET /panic HTTP/1.1").await, "");
    let span = assert_ended(&server, "panic", "").await;
    assert_eq!(span.name, "GET /panic");
}

#[tokio::test]
async fn a_streamed_body_belongs_to_the_request() {
    let server = Server::start();
    assert!(
        server
            .exchange("GET /stream HTTP/1.1")
            .await
            .contains("tick 3")
    );
    let span = assert_ended(&server, "", "200").await;
    assert!(span.duration >= 4 * TICK, "{:?}", span.duration);
}

#[tokio::test]
async fn a_client_that_disconnects_in_the_middle_of_a_body_cancels_the_request() {
    let server = Server::start();
    let mut stream = server.send("GET /endless HTTP/1.1").await;
    let mut some = [0; 256];
    while !String::from_utf8_lossy(&some).contains("tick") {
        let _ = stream.read(&mut some).await.unwrap();
    }
    drop(stream);
    let span = assert_ended(&server, "cancelled", "200").await;
    assert!(span.duration >= TICK);
}

#[tokio::test]
async fn a_body_that_is_never_read_does_not_keep_the_request_open() {
    let server = Server::start();
    // The answer is not read, and the connection is closed by the client at once.
    drop(server.send("GET /endless HTTP/1.1").await);
    assert_ended(&server, "cancelled", "200").await;
}

#[tokio::test]
async fn a_body_that_fails_is_an_error() {
    let server = Server::start();
    let _ = server.exchange("GET /half HTTP/1.1").await;
    assert_ended(&server, "body_error", "200").await;
}

#[tokio::test]
async fn a_body_of_announced_length_ends_with_its_last_byte() {
    let server = Server::start();
    let mut stream = server.send("GET /announced HTTP/1.1").await;
    let mut answer = [0; 1024];
    let mut seen = String::new();
    while !seen.contains("67890") {
        let read = stream.read(&mut answer).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&answer[..read]));
    }
    // The connection stays open.
    assert_ended(&server, "", "200").await;
}

#[tokio::test]
async fn requests_without_a_body_to_come_end_with_their_head() {
    for head in [
        "HEAD /users/1 HTTP/1.1",
        "HEAD /stream HTTP/1.1",
        "GET /empty HTTP/1.1",
    ] {
        let server = Server::start();
        let _ = server.exchange(head).await;
        let status = if head.contains("/empty") {
            "204"
        } else {
            "200"
        };
        let span = assert_ended(&server, "", status).await;
        assert!(span.duration < TICK, "{head} {:?}", span.duration);
    }
}

#[tokio::test]
async fn an_upgrade_to_a_websocket_ends_the_request() {
    let server = Server::start();
    let mut stream = server
        .send(
            "GET /socket HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        .await;
    let mut answer = [0; 512];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 101"));
    // The socket is still open.
    let span = assert_ended(&server, "", "101").await;
    assert_eq!(span.name, "GET /socket");
}

#[tokio::test]
async fn a_task_that_keeps_the_context_does_not_keep_the_span_open() {
    let server = Server::start();
    assert!(
        server
            .exchange("GET /spawns HTTP/1.1")
            .await
            .contains("spawned")
    );
    let span = assert_ended(&server, "", "200").await;
    assert!(span.duration < 3 * TICK, "{:?}", span.duration);
}

#[tokio::test]
async fn an_error_response_has_its_status_as_error_type() {
    let server = Server::start();
    let _ = server.exchange("GET /error HTTP/1.1").await;
    let span = assert_ended(&server, "500", "500").await;
    assert_eq!(format!("{:?}", span.status), r#"Error { description: "" }"#);
}

#[tokio::test]
async fn an_error_of_a_handler_has_its_status_and_not_its_text() {
    let server = Server::start();
    let answer = server.exchange("GET /fails HTTP/1.1").await;
    assert!(answer.contains("secret of the database"), "{answer}");
    let span = assert_ended(&server, "500", "500").await;
    assert_eq!(span.name, "GET /fails");
    assert!(!format!("{:?}", span.data).contains("secret"));
}

#[tokio::test]
async fn an_extractor_that_fails_is_no_error_of_the_server() {
    let server = Server::start();
    let answer = server
        .exchange("POST /json HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 0")
        .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let span = assert_ended(&server, "", "400").await;
    assert_eq!(span.name, "POST /json");
}

#[tokio::test]
async fn a_request_whose_body_breaks_off_ends() {
    let server = Server::start();
    let stream = server
        .send("POST /json HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100")
        .await;
    tokio::time::sleep(TICK).await;
    assert_eq!(server.active(), 1.0);
    drop(stream);
    // The extractor fails for it; whether the answer is made is a race in which nothing is lost.
    let span = server.span().await;
    assert_eq!(span.name, "POST /json");
    assert_eq!(server.active(), 0.0);
    assert_eq!(server.duration().number(), 1.0);
}

#[tokio::test]
async fn many_connections_cut_at_random_leave_nothing_behind() {
    let server = Server::start();
    let mut clients = Vec::new();
    for at in 0..100_u64 {
        let path = ["/slow", "/stream", "/endless", "/users/1", "/panic"]
            [usize::try_from(at % 5).unwrap()];
        let mut stream = server.send(&format!("GET {path} HTTP/1.1")).await;
        clients.push(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(at * 7 % 150)).await;
            if at % 2 == 0 {
                let _ = tokio::time::timeout(TICK, stream.read(&mut [0; 64])).await;
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let spans = server.spans(100).await;
    assert_eq!(spans.len(), 100);
    assert_eq!(server.active(), 0.0);
    let points = server.capture.metric("http.server.request.duration");
    assert_eq!(
        points.iter().map(|point| point.number()).sum::<f64>(),
        100.0
    );
}
