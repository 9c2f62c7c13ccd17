//! The request's context: current in handlers, extractors and bodies, and nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use actix_web::{
    App, Error, FromRequest, HttpRequest, HttpResponse, Responder,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Bytes, Data},
};
use futures_util::stream;
use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_testing::Capture;
use support::Server;
use tokio::io::AsyncReadExt;

type Spans = Data<opentelemetry_sdk::trace::SdkTracer>;

fn mark(spans: &Spans, name: &'static str) {
    spans.in_span(name, |_| ());
}

/// Marks its synchronous and its asynchronous part.
struct Extracted;

impl FromRequest for Extracted {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let spans = request.app_data::<Spans>().unwrap().clone();
        mark(&spans, "extractor called");
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(3)).await;
            mark(&spans, "extractor polled");
            Ok(Self)
        })
    }
}

async fn handler(_: Extracted, spans: Spans) -> impl Responder {
    let outer = Context::current().with_span(spans.start("handler"));
    async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        mark(&spans, "nested");
    }
    .with_context(outer)
    .await;
    mark(&spans, "after");
    let chunks = stream::unfold(0, move |at| {
        let spans = spans.clone();
        async move {
            if at == 2 {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
            mark(&spans, "body");
            Some((Ok::<_, Infallible>(Bytes::from_static(b"chunk")), at + 1))
        }
    });
    HttpResponse::Ok().streaming(chunks)
}

/// How often a context was left behind, around the requests.
type Leaks = Data<AtomicUsize>;

async fn watch<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let leaks = request.app_data::<Leaks>().unwrap().clone();
    let count = || {
        let leaked = Context::current().has_active_span();
        leaks.fetch_add(usize::from(leaked), Ordering::Relaxed);
    };
    count();
    let response = next.call(request).await;
    count();
    response
}

fn server(workers: usize, leaks: &Leaks) -> Server {
    let capture = Capture::new();
    let spans = Data::new(capture.tracer("test"));
    let leaks = leaks.clone();
    Server::with(capture, workers, move |middleware| {
        App::new()
            .app_data(spans.clone())
            .app_data(leaks.clone())
            .route("/work/{id}", web::get().to(handler))
            .wrap(middleware)
            .wrap(from_fn(watch))
    })
}

const TREE: &str = "\
GET /work/{id} server
  extractor called internal
  extractor polled internal
  handler internal
    nested internal
  after internal
  body internal
  body internal
";

#[tokio::test]
async fn extractors_handlers_and_bodies_run_inside_of_the_request() {
    let leaks = Leaks::new(AtomicUsize::new(0));
    let server = server(1, &leaks);
    let _ = server.exchange("GET /work/1 HTTP/1.1").await;
    let _ = server.spans(8).await;
    assert_eq!(server.capture.tree(), TREE);
    assert_eq!(leaks.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_hundred_requests_at_once_on_two_workers_keep_their_own_children() {
    let leaks = Leaks::new(AtomicUsize::new(0));
    let server = server(2, &leaks);
    let mut clients = Vec::new();
    for at in 1..=100 {
        let head = format!(
            "GET /work/{at} HTTP/1.1\r\nconnection: close\r\ntraceparent: 00-{at:032x}-{at:016x}-01"
        );
        let mut stream = server.send(&head).await;
        clients.push(tokio::spawn(async move {
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let spans = server.spans(800).await;
    assert_eq!(spans.len(), 800);
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    for span in &spans {
        if let Some(parent) = by_id.get(&span.parent) {
            let wanted = if span.name == "nested" {
                "handler"
            } else {
                "GET /work/{id}"
            };
            assert_eq!(
                (span.trace_id, wanted),
                (parent.trace_id, parent.name.as_str())
            );
        } else {
            assert_eq!(span.name, "GET /work/{id}");
            let at = span
                .text("url.path")
                .replace("/work/", "")
                .parse::<u128>()
                .unwrap();
            assert_eq!(span.trace_id.to_bytes(), at.to_be_bytes());
            assert!(span.remote_parent);
        }
    }
    assert_eq!(leaks.load(Ordering::Relaxed), 0);
    assert_eq!(server.active(), 0.0);
    assert_eq!(
        server.capture.metric("http.server.request.duration")[0].number(),
        100.0
    );
}
