//! Layers that retry, below and above.

use std::future::{Ready, ready};

use http::{Request, Response};
use hyper::body::Incoming;
use otel_auto_testing::Capture;
use otel_auto_tower::{HttpClientLayer, count_attempts};
use tower::{Service, ServiceBuilder, ServiceExt, retry::Policy};

use super::support::{Body, clients, empty, get_request, plain, serve, wait_for};

/// Sends so often again, whatever the answer.
#[derive(Clone)]
struct Again(u32);

impl<E> Policy<Request<Body>, Response<Incoming>, E> for Again {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Body>,
        _: &mut Result<Response<Incoming>, E>,
    ) -> Option<Ready<()>> {
        self.0 = self.0.checked_sub(1)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut clone = Request::new(empty());
        *clone.uri_mut() = request.uri().clone();
        *clone.headers_mut() = request.headers().clone();
        *clone.extensions_mut() = request.extensions().clone();
        Some(clone)
    }
}

fn resends(capture: &Capture) -> Vec<String> {
    clients(capture)
        .iter()
        .map(|span| span.text("http.request.resend_count"))
        .collect()
}

#[tokio::test]
async fn below_retries_each_attempt_has_a_span_and_says_which_it_is() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    // With two layers each attempt is still counted once.
    let mut client = ServiceBuilder::new()
        .map_request(count_attempts)
        .retry(Again(2))
        .layer(HttpClientLayer::new())
        .layer(HttpClientLayer::new())
        .service(plain());
    for _ in 0..2 {
        capture.clear_spans();
        let request = get_request(format!("http://{address}/status/503"));
        let send = client.ready().await.unwrap();
        capture
            .scope(async { send.call(request).await })
            .await
            .unwrap();
        assert_eq!(resends(&capture), ["", "1", "2"]);
    }
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points[0].number(), 6.0);
}

#[tokio::test]
async fn without_a_count_attempts_are_not_numbered() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let client = ServiceBuilder::new()
        .retry(Again(1))
        .layer(HttpClientLayer::new())
        .service(plain());
    let request = get_request(format!("http://{address}/status/503"));
    capture.scope(client.oneshot(request)).await.unwrap();
    assert_eq!(resends(&capture), ["", ""]);
}

#[tokio::test]
async fn above_retries_all_attempts_have_one_span() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let client = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .map_request(count_attempts)
        .retry(Again(1))
        .layer(HttpClientLayer::new())
        .service(plain());
    let request = get_request(format!("http://{address}/users/7"));
    capture.scope(client.oneshot(request)).await.unwrap();
    wait_for(&capture, 3).await;
    let server = "  GET /users/{id} server\n";
    assert_eq!(capture.tree(), format!("GET client\n{server}{server}"));
    assert_eq!(resends(&capture), [""]);
}
