//! `OtelLayer` around a client, alone and with other layers.

use std::time::Duration;

use opentelemetry::trace::{Status, TraceContextExt, Tracer};
use otel_auto_core::opentelemetry;
use otel_auto_testing::Capture;
use otel_auto_tower::HttpClientLayer;
use reqwest::{Method, Request};
use tokio::net::TcpListener;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt};

use super::common::{client, client_span, clients, serve, wait_for};
use crate::subject::{OtelLayer, RequestBuilderExt};

fn get(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

#[tokio::test]
async fn a_layered_client_is_one_trace_with_its_server() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let layer = OtelLayer::new().providers(capture.providers());
    let mut client = layer.layer(client());
    let response = client
        .ready()
        .await
        .unwrap()
        .call(get(&base.url("/users/7")));
    assert_eq!(response.await.unwrap().text().await.unwrap(), "user 7");
    wait_for(&capture, 2).await;
    assert_eq!(capture.tree(), "GET client\n  GET /users/{id} server\n");
    let span = client_span(&capture);
    assert_eq!(span.text("network.peer.port"), base.port());
    assert_eq!(span.text("url.full"), base.url("/users/7"));
}

#[tokio::test]
async fn a_layer_around_a_layer_and_around_a_traced_send_records_once() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let sending = tower::service_fn(|request| {
        reqwest::RequestBuilder::from_parts(client(), request).send_traced()
    });
    let stack = ServiceBuilder::new()
        .layer(OtelLayer::new())
        .layer(OtelLayer::new())
        .service(sending);
    capture
        .scope(stack.oneshot(get(&base.url("/users/7"))))
        .await
        .unwrap();
    wait_for(&capture, 2).await;
    assert_eq!(capture.tree(), "GET client\n  GET /users/{id} server\n");
}

#[tokio::test]
async fn the_layer_for_other_clients_and_this_one_record_once() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let sending = tower::service_fn(async |request: http::Request<reqwest::Body>| {
        let request = Request::try_from(request)?;
        let client = OtelLayer::new().layer(client());
        let response = client.oneshot(request).await?;
        Ok::<_, reqwest::Error>(http::Response::<reqwest::Body>::from(response))
    });
    let stack = HttpClientLayer::new().layer(sending);
    let request = http::Request::get(base.url("/users/7"))
        .extension(otel_auto_tower::UrlTemplate("/users/{id}"))
        .body(reqwest::Body::default())
        .unwrap();
    capture.scope(stack.oneshot(request)).await.unwrap();
    wait_for(&capture, 2).await;
    assert_eq!(
        capture.tree(),
        "GET /users/{id} client\n  GET /users/{id} server\n"
    );
}

#[tokio::test]
async fn errors_are_found_through_the_boxes_of_other_layers() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = format!("http://{address}/?token=secret");
    for (url, wanted) in [
        (base.url("/slow"), "timeout"),
        (refused, "connection_refused"),
    ] {
        capture.clear_spans();
        let stack = ServiceBuilder::new()
            .layer(OtelLayer::new())
            .timeout(Duration::from_millis(200))
            .service(client());
        let error: BoxError = capture
            .scope(stack.oneshot(get(&url)))
            .await
            .expect_err("a failure");
        assert!(!error.to_string().is_empty());
        let span = client_span(&capture);
        assert_eq!(span.text("error.type"), wanted);
        assert!(!format!("{:?}", span.status).contains("secret"));
    }
}

#[tokio::test]
async fn an_error_that_is_none_of_reqwest_has_its_own_name() {
    #[derive(Debug)]
    struct Refusal;

    let capture = Capture::new();
    let stack = OtelLayer::new().layer(tower::service_fn(async |_: Request| Err(Refusal)));
    let sent = capture
        .scope(stack.oneshot(get("http://example.com/")))
        .await;
    assert!(sent.is_err());
    assert!(
        client_span(&capture)
            .text("error.type")
            .ends_with("::Refusal")
    );

    capture.clear_spans();
    let refuse = async |_: Request| Err(BoxError::from("not today"));
    let stack = OtelLayer::new().layer(tower::service_fn(refuse));
    let sent = capture
        .scope(stack.oneshot(get("http://example.com/")))
        .await;
    assert_eq!(sent.unwrap_err().to_string(), "not today");
    assert_eq!(client_span(&capture).text("error.type"), "_OTHER");
}

#[tokio::test]
async fn a_timeout_around_the_layer_gives_up_and_is_no_error() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let stack = ServiceBuilder::new()
        .timeout(Duration::from_millis(100))
        .layer(OtelLayer::new())
        .service(client());
    let sent = capture.scope(stack.oneshot(get(&base.url("/slow")))).await;
    assert!(sent.is_err());
    assert_eq!(client_span(&capture).status, Status::Unset);
    assert!(client_span(&capture).get("error.type").is_none());
}

#[tokio::test]
async fn concurrent_requests_of_one_client_keep_their_parents() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = OtelLayer::new().layer(client());
    let mut tasks = tokio::task::JoinSet::new();
    for at in 0..20 {
        let span = capture.tracer("test").start("work");
        let context = capture.context().with_span(span);
        let (client, url) = (client.clone(), base.url(&format!("/users/{at}")));
        tasks.spawn(async move {
            let send = client.oneshot(get(&url));
            opentelemetry::trace::FutureExt::with_context(send, context.clone())
                .await
                .unwrap();
            (url, context.span().span_context().span_id())
        });
    }
    let parents = tasks.join_all().await;
    let spans = clients(&capture);
    assert_eq!(spans.len(), 20);
    for (url, parent) in parents {
        let span = spans.iter().find(|span| span.text("url.full") == url);
        assert_eq!(span.unwrap().parent, parent);
    }
}
