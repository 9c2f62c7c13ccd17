//! A server that is traced into the same capture, raw ones that misbehave, and a client for them.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::{any, get},
};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use otel_auto_testing::{Capture, SpanView};
use otel_auto_tower::{HttpClient, HttpClientLayer, HttpServerLayer};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};
use tower::Layer;

pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;
pub(crate) type Plain = Client<HttpConnector, Body>;

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server whose spans are captured too.
pub(crate) async fn serve(capture: &Capture) -> SocketAddr {
    let app = Router::new()
        .route(
            "/users/{id}",
            get(async |Path(id): Path<u64>| format!("user {id}")),
        )
        .route("/any", any(async || "any"))
        .route(
            "/status/{code}",
            get(async |Path(code): Path<u16>| StatusCode::from_u16(code).unwrap()),
        )
        .route(
            "/slow",
            get(async || tokio::time::sleep(Duration::from_secs(30)).await),
        )
        .route(
            "/panic",
            get(async || -> StatusCode { panic!("on purpose") }),
        )
        .route("/headers", get(async |headers: HeaderMap| told(&headers)))
        .layer(HttpServerLayer::new().providers(capture.providers()));
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// What arrived of the propagators' headers.
fn told(headers: &HeaderMap) -> String {
    ["traceparent", "tracestate", "baggage"]
        .map(|name| {
            let all: Vec<_> = headers
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap())
                .collect();
            all.join(",")
        })
        .join("|")
}

/// A server that reads a request's head and does with the connection what it is told.
pub(crate) async fn raw<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else {
                    break;
                };
                head.push(byte);
            }
            tokio::spawn(answer(stream));
        }
    });
    address
}

pub(crate) fn plain() -> Plain {
    Client::builder(TokioExecutor::new()).build_http()
}

/// The client under test.
pub(crate) fn client() -> HttpClient<Plain> {
    HttpClientLayer::new().layer(plain())
}

pub(crate) fn empty() -> Body {
    Full::default()
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

pub(crate) fn get_request(url: impl AsRef<str>) -> Request<Body> {
    Request::get(url.as_ref()).body(empty()).unwrap()
}

/// The ended client spans, in the order of their ends.
pub(crate) fn clients(capture: &Capture) -> Vec<SpanView> {
    capture
        .spans()
        .into_iter()
        .filter(|span| span.kind == otel_auto_core::opentelemetry::trace::SpanKind::Client)
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

pub(crate) async fn text(response: http::Response<hyper::body::Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
