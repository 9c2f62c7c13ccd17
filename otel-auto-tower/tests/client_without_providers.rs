//! A program that never called `init()`: a process of its own, for no other test may make providers in it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::convert::Infallible;

use http::{HeaderMap, Request, Response};
use otel_auto_tower::{HttpClientLayer, UrlTemplate, count_attempts};
use tower::{Layer, Service, ServiceExt, service_fn};

#[tokio::test]
async fn without_providers_a_request_is_sent_as_it_is() {
    let inner = service_fn(async |request: Request<()>| {
        let headers: HeaderMap = request.headers().clone();
        Ok::<_, Infallible>(Response::new(headers))
    });
    let mut client = HttpClientLayer::new().layer(inner);
    let request = || {
        Request::get("http://example.com/users/7")
            .extension(UrlTemplate("/users/{id}"))
            .body(())
            .unwrap()
    };
    let response = client.ready().await.unwrap().call(request()).await.unwrap();
    assert!(response.body().is_empty());

    // Headers that somebody else set stay.
    let mut request = count_attempts(request());
    request
        .headers_mut()
        .insert("traceparent", "theirs".parse().unwrap());
    let response = client.oneshot(request).await.unwrap();
    assert_eq!(response.body()["traceparent"], "theirs");
    assert_eq!(response.body().len(), 1);
}
