//! A real axum server with the layer, and a raw TCP client.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

use std::{
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use futures_util::stream;
use otel_auto_testing::{Capture, MetricPoint, SpanView};
use otel_auto_tower::HttpServerLayer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub const TICK: Duration = Duration::from_millis(100);

fn ticks(frames: usize) -> Body {
    Body::from_stream(stream::unfold(0, move |sent| async move {
        if sent == frames {
            return None;
        }
        tokio::time::sleep(TICK).await;
        Some((Ok::<_, Infallible>(format!("tick {sent}\n")), sent + 1))
    }))
}

async fn fails_half_way() -> Body {
    Body::from_stream(stream::iter([
        Ok("half"),
        Err(std::io::Error::other("disk on fire")),
    ]))
}

async fn announced() -> Response {
    let body = Body::from_stream(stream::iter([Ok::<_, Infallible>("12345"), Ok("67890")]));
    ([("content-length", "10")], body).into_response()
}

pub fn routes() -> Router {
    let nested = Router::new().route("/items/{item}", get(async |Path(item): Path<String>| item));
    Router::new()
        .route("/", get(async || "root"))
        .route(
            "/users/{id}",
            get(async |Path(id): Path<String>| format!("user {id}")),
        )
        .route(
            "/missing/{id}",
            get(async || (StatusCode::NOT_FOUND, "no such thing")),
        )
        .route("/error", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route("/only-post", post(async || "posted"))
        .route("/any", any(async || "any"))
        .route(
            "/slow",
            get(async || {
                tokio::time::sleep(Duration::from_secs(30)).await;
                "late"
            }),
        )
        .route(
            "/panic",
            get(async || -> StatusCode { panic!("on purpose") }),
        )
        .route("/stream", get(async || ticks(4)))
        .route("/endless", get(async || ticks(usize::MAX)))
        .route("/half", get(fails_half_way))
        .route("/announced", get(announced))
        .route(
            "/spawns",
            get(async || {
                let context = otel_auto_core::opentelemetry::Context::current();
                tokio::spawn(async move {
                    tokio::time::sleep(4 * TICK).await;
                    drop(context);
                });
                "spawned"
            }),
        )
        .route(
            "/socket",
            any(async |upgrade: WebSocketUpgrade| {
                upgrade.on_upgrade(async |mut socket| while socket.recv().await.is_some() {})
            }),
        )
        .nest("/api/{tenant}", nested)
        .fallback(async || (StatusCode::NOT_FOUND, "nothing here"))
}

pub struct Server {
    pub capture: Capture,
    pub address: SocketAddr,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Capture::new(), |routes, layer| routes.layer(layer)).await
    }

    pub async fn with(
        capture: Capture,
        apply: impl FnOnce(Router, HttpServerLayer) -> Router,
    ) -> Self {
        let layer = HttpServerLayer::new().providers(capture.providers());
        let app = apply(routes(), layer).into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { capture, address }
    }

    /// Sends these lines as a request's head, with `Host` and an end.
    pub async fn send(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head}\r\nhost: example.com:8080\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a request and reads until the server closes.
    pub async fn exchange(&self, head: &str) -> String {
        let mut stream = self.send(&format!("{head}\r\nconnection: close")).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The one span, when it has ended.
    pub async fn span(&self) -> SpanView {
        let mut spans = self.spans(1).await;
        assert_eq!(spans.len(), 1, "{}", self.capture.tree());
        spans.remove(0)
    }

    pub async fn spans(&self, count: usize) -> Vec<SpanView> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let spans = self.capture.spans();
            if spans.len() >= count || Instant::now() > deadline {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The gauge, and the count and attributes of each duration point.
    pub fn active(&self) -> f64 {
        let points = self.capture.metric("http.server.active_requests");
        assert!(!points.is_empty());
        points.iter().map(MetricPoint::number).sum()
    }

    /// The one point of the duration metric, recorded once.
    pub fn duration(&self) -> MetricPoint {
        let mut points = self.capture.metric("http.server.request.duration");
        assert_eq!(points.len(), 1, "{points:?}");
        let point = points.remove(0);
        assert_eq!(point.number(), 1.0);
        point
    }
}
