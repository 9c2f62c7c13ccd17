//! Servers that do not end a call as gRPC wants it ended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod suite;
mod support;

use std::net::SocketAddr;

use axum::{Router, routing::any};
use http::StatusCode;
use otel_auto_testing::Capture;
use otel_auto_tonic::RpcServerLayer;
use suite::{TICK, drain, probe::Probe};
use support::{client_of, client_span, listen, serve_axum};
use tokio::net::TcpListener;
use tonic::{
    Code,
    transport::{Server, server::TcpIncoming},
};

#[tokio::test]
async fn an_answer_that_is_not_grpc_has_the_status_that_grpc_makes_of_it() {
    for (status, code) in [
        (StatusCode::BAD_REQUEST, "INTERNAL"),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        (StatusCode::NOT_FOUND, "UNIMPLEMENTED"),
        (StatusCode::TOO_MANY_REQUESTS, "UNAVAILABLE"),
        (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        (StatusCode::IM_A_TEAPOT, "UNKNOWN"),
        (StatusCode::OK, "UNKNOWN"),
    ] {
        for body in ["", "<h1>no gRPC here</h1>"] {
            let at_server = Capture::new();
            let router = Router::new()
                .fallback(any(move || async move { (status, body) }))
                .layer(RpcServerLayer::new().providers(at_server.providers()));
            let running = client_of(serve_axum(router).await);
            let error = running.unary("fine").await.unwrap_err();
            let client = client_span(&running).await;
            assert_eq!(client.text("rpc.response.status_code"), code, "{status}");
            assert_eq!(client.text("error.type"), code);
            if body.is_empty() {
                let told = otel_auto_core::rpc::Code::of(error.code() as i32);
                assert_eq!(told.as_str(), code, "as tonic tells its caller");
            }
            // The server says the same, and believes of no path that it exists.
            let server = at_server.spans().remove(0);
            assert_eq!(server.text("rpc.response.status_code"), code);
            assert_eq!(server.text("rpc.method"), "_OTHER");
        }
    }
}

/// A server of HTTP/2 that answers each request as the function says.
async fn raw_server(answer: fn(&mut h2::server::SendResponse<bytes::Bytes>)) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            answer(&mut respond);
        }
    });
    address
}

fn head() -> http::Response<()> {
    http::Response::builder()
        .header("content-type", "application/grpc")
        .body(())
        .unwrap()
}

#[tokio::test]
async fn a_reset_before_the_answer_has_the_status_that_tonic_tells() {
    let refuses = raw_server(|respond| respond.send_reset(h2::Reason::REFUSED_STREAM)).await;
    let running = client_of(refuses);
    let error = running.unary("fine").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    let span = client_span(&running).await;
    assert_eq!(span.text("rpc.response.status_code"), "UNAVAILABLE");
    assert_eq!(span.text("error.type"), "UNAVAILABLE");
    assert!(span.is_error());
}

#[tokio::test]
async fn a_reset_after_the_head_has_the_status_that_tonic_tells() {
    let breaks = raw_server(|respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(bytes::Bytes::from_static(b"\0\0\0\0\x01x"), false)
            .unwrap();
        body.send_reset(h2::Reason::INTERNAL_ERROR);
    })
    .await;
    let running = client_of(breaks);
    let (_, code) = match running.server_streaming("fine").await {
        Ok(stream) => drain(stream).await,
        Err(status) => (Vec::new(), status.code()),
    };
    assert_eq!(code, Code::Internal);
    let span = client_span(&running).await;
    assert_eq!(span.text("rpc.response.status_code"), "INTERNAL");
    assert_eq!(span.text("error.type"), "INTERNAL");
}

#[tokio::test]
async fn an_end_without_trailers_is_unknown() {
    let forgets = raw_server(|respond| {
        let mut body = respond.send_response(head(), false).unwrap();
        body.send_data(bytes::Bytes::new(), true).unwrap();
    })
    .await;
    let running = client_of(forgets);
    let stream = running.server_streaming("fine").await.unwrap();
    assert_eq!(drain(stream).await.1, Code::Unknown);
    let span = client_span(&running).await;
    assert_eq!(span.text("rpc.response.status_code"), "UNKNOWN");
    assert!(span.is_error());
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_an_error_of_its_kind() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let _request = connection.accept().await;
        // Closes with the request open.
    });
    let running = client_of(address);
    let error = running.unary("fine").await.unwrap_err();
    let span = client_span(&running).await;
    let told = otel_auto_core::rpc::Code::of(error.code() as i32).as_str();
    assert_eq!(span.text("rpc.response.status_code"), told);
    assert_eq!(span.text("error.type"), "connection_reset");
    assert!(span.is_error());
}

#[tokio::test]
async fn a_server_that_shuts_down_with_streams_open_cancels_them() {
    let at_server = Capture::new();
    let (listener, address) = listen().await;
    let runtime = std::thread::spawn({
        let providers = at_server.providers();
        let listener = listener.into_std().unwrap();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let server = Server::builder()
                    .layer(RpcServerLayer::new().providers(providers))
                    .add_service(Probe::default())
                    .serve_with_incoming(TcpIncoming::from(listener));
                tokio::time::timeout(6 * TICK, server).await.unwrap_err();
            });
            // Drops the runtime, and with it all that still runs.
        }
    });
    let running = client_of(address);
    let stream = running.server_streaming("endless").await.unwrap();
    let (_, code) = drain(stream).await;
    assert_ne!(code, Code::Ok);
    runtime.join().unwrap();
    let server = at_server.spans().remove(0);
    assert_eq!(server.text("rpc.response.status_code"), "CANCELLED");
    assert!(!server.is_error());
    let client = client_span(&running).await;
    assert!(client.is_error());
    assert_eq!(
        client.text("error.type"),
        client.text("rpc.response.status_code")
    );
}
