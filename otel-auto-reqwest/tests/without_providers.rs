//! A program that never called `init()`: a process of its own, for no other test may make providers in it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::{Router, http::HeaderMap, routing::get};
use otel_auto_reqwest::RequestBuilderExt;
use tokio::net::TcpListener;

#[tokio::test]
async fn without_providers_a_request_is_sent_as_it_is() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let handler = async |headers: HeaderMap| format!("{:?}", headers.get("traceparent"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/", get(handler))).await },
    );

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{address}/");
    assert_eq!(
        client
            .get(&url)
            .send_traced()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "None"
    );
    // Headers that somebody else set stay.
    let response = client
        .get(&url)
        .header("traceparent", "mine")
        .url_template("/")
        .send_traced()
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "Some(\"mine\")");
}
