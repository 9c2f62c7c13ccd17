//! The conformance suite of HTTP servers, on axum and on a bare hyper service.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod axum_routes;
mod axum_server;
mod hyper_server;

use otel_auto_testing::conformance::http_server;

#[tokio::test]
async fn axum_conforms() {
    http_server::run(&axum_server::Axum).await.assert_conforms();
}

#[tokio::test]
async fn axum_with_what_is_opt_in_conforms() {
    http_server::run(&axum_server::OptedIn)
        .await
        .assert_conforms();
}

#[tokio::test]
async fn a_bare_hyper_service_conforms() {
    http_server::run(&hyper_server::Hyper)
        .await
        .assert_conforms();
}
