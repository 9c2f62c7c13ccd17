//! The layer among others: readiness, clones, where the inner service works.

use std::{
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, Response};
use opentelemetry::{
    Context as Telemetry,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_core::opentelemetry;
use otel_auto_testing::Capture;
use otel_auto_tower::HttpClientLayer;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt};

use super::support::{client, clients, get_request, plain, serve, wait_for};

/// Ready only where `poll_ready` was called before, as tower asks: a clone is not.
#[derive(Default)]
struct Strict {
    ready: bool,
    polled: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            polled: Arc::clone(&self.polled),
        }
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<()>;
    type Error = BoxError;
    type Future = Ready<Result<Response<()>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.ready = true;
        self.polled.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.ready),
            "called before it was ready"
        );
        // Before there is a future, too, this belongs to the request.
        assert!(Telemetry::current().span().span_context().is_valid());
        ready(Ok(Response::new(())))
    }
}

#[tokio::test]
async fn readiness_is_the_inner_service_s_own() {
    let capture = Capture::new();
    let strict = Strict::default();
    let polled = Arc::clone(&strict.polled);
    let mut client = HttpClientLayer::new().layer(strict);
    for sent in 1..=3 {
        let mut clone = client.clone();
        for client in [&mut client, &mut clone] {
            let ready = client.ready().await.unwrap();
            let request = Request::get("http://example.com/").body(()).unwrap();
            capture
                .scope(async { ready.call(request).await })
                .await
                .unwrap();
        }
        assert_eq!(polled.load(Ordering::Relaxed), 2 * sent);
    }
    assert_eq!(clients(&capture).len(), 6);
}

#[tokio::test]
async fn a_boxed_and_buffered_client_is_still_traced() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let mut client = ServiceBuilder::new()
        .buffer(8)
        .layer(HttpClientLayer::new().providers(capture.providers()))
        .service(plain())
        .boxed_clone();
    let request = get_request(format!("http://{address}/users/7"));
    client.ready().await.unwrap().call(request).await.unwrap();
    wait_for(&capture, 2).await;
    assert_eq!(capture.tree(), "GET client\n  GET /users/{id} server\n");
}

#[tokio::test]
async fn concurrent_requests_of_one_client_keep_their_parents() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let client = client();
    let mut tasks = tokio::task::JoinSet::new();
    for at in 0..50 {
        let span = capture.tracer("test").start("work");
        let context = capture.context().with_span(span);
        let url = format!("http://{address}/users/{at}");
        let send = client.clone().oneshot(get_request(&url));
        tasks.spawn(async move {
            send.with_context(context.clone()).await.unwrap();
            (url, context.span().span_context().span_id())
        });
    }
    let parents = tasks.join_all().await;
    let spans = clients(&capture);
    assert_eq!(spans.len(), 50);
    for (url, parent) in parents {
        let span = spans.iter().find(|span| span.text("url.full") == url);
        assert_eq!(span.unwrap().parent, parent);
    }
}

#[test]
fn service_and_future_can_be_sent_and_shared() {
    fn sendable<T: Send + 'static>(_: &T) {}
    fn shareable<T: Sync>(_: &T) {}
    let client = client();
    sendable(&client);
    shareable(&client);
    sendable(&client.oneshot(get_request("http://example.com/")));
}
