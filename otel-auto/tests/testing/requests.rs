//! Requests to a server on a port, in parallel tests: each sees its own.

use otel_auto::{
    reqwest::RequestBuilderExt,
    testing::{Capture, assert_log, assert_metric, assert_span, assert_tree, capture, containing},
};

use crate::app::app;

/// A server of this test, in tasks of its own.
async fn serve(telemetry: &Capture) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app().layer(telemetry.layer());
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn get(url: String) -> (u16, String) {
    let response = reqwest::Client::new().get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_tree_with_its_metrics_and_log_records() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    assert_eq!(get(format!("{url}/orders/8")).await, (200, "8".to_owned()));

    assert_tree!(
        telemetry,
        ["http.route", "order.id", "found"],
        "
        GET /orders/{id} server http.route=/orders/{id}
          price internal order.id=8
            look up internal
            look_for internal found=true
        "
    );
    assert_span!(
        telemetry,
        "GET /orders/{id}",
        kind = Server,
        status = Unset,
        parent = None,
        scope = "otel-auto-tower",
        attributes = {
            "http.request.method" => "GET",
            "http.response.status_code" => 200,
            "url.path" => "/orders/8",
            "server.port" => _,
        },
        times = 1,
    );
    assert_span!(telemetry, "look up", parent = "price", attributes = { "shop.shelf" => "A" });
    assert_metric!(
        telemetry,
        "http.server.request.duration",
        count = 1,
        unit = "s",
        attributes = { "http.route" => "/orders/{id}", "http.response.status_code" => 200 }
    );
    assert_metric!(telemetry, "http.server.active_requests", value = 0.0);
    assert_metric!(telemetry, "shop.orders", value = 1.0, attributes = { "shop.kind" => "book" });
    assert_eq!(telemetry.metric("shop.weight").value(), 0.4);
    assert_log!(
        telemetry,
        "found",
        severity = Info,
        span = "look_for",
        target = "testing::app",
        attributes = { "id" => 8, "code.file.path" => containing("app.rs") }
    );
    assert_eq!(telemetry.logs().len(), 1, "{:?}", telemetry.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_on_the_span_of_the_function_that_returned_it() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    assert_eq!(get(format!("{url}/orders/0")).await.0, 409);

    assert_span!(
        telemetry,
        "price",
        status = Error("no such order"),
        parent = "GET /orders/{id}"
    );
    assert_span!(telemetry, "GET /orders/{id}", status = Unset);
    telemetry.expect_no_span("look up");
    assert!(telemetry.metric("shop.orders").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_ends_after_the_answer_is_waited_for() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    let response = reqwest::get(format!("{url}/stream/3")).await.unwrap();
    assert_eq!(telemetry.open(), ["GET /stream/{parts}"]);
    drop(tokio::spawn(response.text()));

    assert_span!(telemetry, "GET /stream/{parts}", attributes = { "error.type" => otel_auto::testing::absent() });
    assert_metric!(telemetry, "http.server.active_requests", value = 0.0);
}

#[tokio::test]
async fn in_a_runtime_of_one_thread_the_end_is_awaited() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    get(format!("{url}/stream/3")).await;
    telemetry.ended().await;
    assert_tree!(telemetry, "GET /stream/{parts} server");
}

#[tokio::test]
async fn work_that_nobody_waits_for_is_awaited_by_name() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    get(format!("{url}/mail")).await;
    telemetry.wait_for_span("send mail").await;
    assert_span!(telemetry, "send mail", parent = "GET /mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_the_scope_and_the_server_are_one_trace() {
    let telemetry = capture();
    let url = serve(&telemetry).await;
    let client = reqwest::Client::new();
    let request = client.get(format!("{url}/orders/7"));
    let response = telemetry
        .scope(async { request.send_traced().await })
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "7");
    assert_tree!(
        telemetry,
        "
        GET client
          GET /orders/{id} server
            price internal
              look up internal
              look_for internal
        "
    );
}
