//! A program that never called `init()`: a process of its own, for no other test may make providers in it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::{Router, http::HeaderMap, routing::get};
use tokio::net::TcpListener;

/// The base of the server's URLs, which answers with the `traceparent` that it got.
async fn serve() -> String {
    // The second call says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let handler = async |headers: HeaderMap| format!("{:?}", headers.get("traceparent"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/", get(handler))).await },
    );
    format!("http://{address}/")
}

macro_rules! without_providers {
    ($name:ident, $reqwest:ident, $subject:path) => {
        #[tokio::test]
        async fn $name() {
            use tower::ServiceExt;
            use $subject::{OtelLayer, RequestBuilderExt};

            let url = serve().await;
            let client = $reqwest::Client::builder().no_proxy().build().unwrap();
            let response = client.get(&url).send_traced().await.unwrap();
            assert_eq!(response.text().await.unwrap(), "None");
            // Headers that somebody else set stay.
            let request = client.get(&url).header("traceparent", "mine");
            let response = request.url_template("/").send_traced().await.unwrap();
            assert_eq!(response.text().await.unwrap(), "Some(\"mine\")");

            let request = client.get(&url).build().unwrap();
            let layered = tower::Layer::layer(&OtelLayer::new(), client);
            let response = layered.oneshot(request).await.unwrap();
            assert_eq!(response.text().await.unwrap(), "None");
        }
    };
}

#[cfg(feature = "reqwest-013")]
without_providers!(
    without_providers_a_request_is_sent_as_it_is,
    reqwest,
    otel_auto_reqwest
);

#[cfg(feature = "reqwest-012")]
without_providers!(
    without_providers_a_request_of_0_12_is_sent_as_it_is,
    reqwest_012,
    otel_auto_reqwest::v0_12
);
