//! A real server, traced into the same capture, and clients for it.
use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::Redirect,
    routing::{any, get},
};
use futures_util::{StreamExt, stream};
use otel_auto_testing::{Capture, SpanView};
use otel_auto_tower::HttpServerLayer;
use tokio::net::TcpListener;

/// The base of URLs of a server on a free port, such as `http://127.0.0.1:4711`.
pub(crate) async fn serve(capture: &Capture) -> Base {
    let app = app().layer(HttpServerLayer::new().providers(capture.providers()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Base(address)
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Base(pub(crate) SocketAddr);

impl Base {
    pub(crate) fn url(self, path: &str) -> String {
        format!("http://{}{path}", self.0)
    }

    pub(crate) fn port(self) -> String {
        self.0.port().to_string()
    }
}

fn app() -> Router {
    Router::new()
        .route(
            "/users/{id}",
            get(async |Path(id): Path<u64>| format!("user {id}")),
        )
        .route("/any", any(async || "any"))
        .route(
            "/status/{code}",
            get(async |Path(code): Path<u16>| StatusCode::from_u16(code).unwrap()),
        )
        .route("/redirect", get(async || Redirect::to("/users/1")))
        .route("/loop", get(async || Redirect::to("/loop?token=secret")))
        .route(
            "/slow",
            get(async || tokio::time::sleep(Duration::from_secs(30)).await),
        )
        .route("/headers", get(headers))
        .route("/stream", get(streamed))
        .route("/broken", get(broken))
}

/// What arrived of the propagators' headers.
async fn headers(headers: HeaderMap) -> String {
    let all = |name| {
        headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(",")
    };
    format!(
        "{}|{}|{}",
        all("traceparent"),
        all("tracestate"),
        all("baggage")
    )
}

/// A head at once, and a body that takes its time.
async fn streamed() -> Body {
    let chunks = stream::iter(0..3).then(|at| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok::<_, Infallible>(Bytes::from(format!("chunk {at}\n")))
    });
    Body::from_stream(chunks)
}

/// A head, and a connection that breaks in the body.
async fn broken() -> Body {
    let chunks = stream::iter([
        Ok(Bytes::from("start")),
        Err(std::io::Error::other("broken")),
    ])
    .then(|chunk| async {
        // What was sent before must be on its way, or the head breaks too.
        tokio::time::sleep(Duration::from_millis(100)).await;
        chunk
    });
    Body::from_stream(chunks)
}

pub(crate) fn client() -> reqwest::Client {
    builder().build().unwrap()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    // The second call says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

/// The ended client spans, in the order of their ends.
pub(crate) fn clients(capture: &Capture) -> Vec<SpanView> {
    capture
        .spans()
        .into_iter()
        .filter(|span| span.scope == "otel-auto-reqwest")
        .collect()
}

/// The one client span.
#[track_caller]
pub(crate) fn client_span(capture: &Capture) -> SpanView {
    let mut spans = clients(capture);
    assert_eq!(spans.len(), 1, "{}", capture.tree());
    spans.remove(0)
}

/// Server spans end when the last byte is handed over, which may be after the client has it.
pub(crate) async fn wait_for(capture: &Capture, count: usize) {
    for _ in 0..500 {
        if capture.spans().len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {count} spans, but:\n{}", capture.tree());
}
