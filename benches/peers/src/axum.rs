//! The suite's routes on axum, with one layer or another.

use std::{convert::Infallible, io, net::SocketAddr};

use ::axum::{
    Router,
    body::Body,
    extract::{Path, WebSocketUpgrade},
    http::StatusCode,
    response::Response,
    routing::{any, get, post},
};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use futures_util::stream;
use opentelemetry::{Context, global};
use otel_auto_testing::{
    Capture,
    conformance::http_server::{SLOW, StartServer, TICK},
};
use otel_auto_tower::HttpServerLayer;
use tokio::{net::TcpListener, time::sleep};
use tracing::Level;

use crate::install::install;

/// A library for axum, by its name.
#[derive(Debug)]
pub(crate) struct Axum(pub(crate) &'static str);

impl StartServer for Axum {
    async fn start(&self, capture: &Capture) -> SocketAddr {
        install(capture);
        let app = match self.0 {
            "contrib" => {
                routes().layer(opentelemetry_instrumentation_tower::http::server::Layer::new())
            }
            "davidB" => routes().layer(OtelAxumLayer::default().try_extract_client_ip(true)),
            "tower-otel" => routes()
                .layer(tower_otel::metrics::HttpLayer::server(&global::meter(
                    "peers",
                )))
                .layer(tower_otel::trace::HttpLayer::server(Level::INFO).trace_body()),
            _ => routes().layer(HttpServerLayer::new().providers(capture.providers())),
        };
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { ::axum::serve(listener, app).await });
        address
    }
}

fn routes() -> Router {
    let items = Router::new().route("/items/{item}", get(async || "item"));
    Router::new()
        .route("/", get(async || "root"))
        .route("/users/{id}", get(async |Path(id): Path<String>| id))
        .route("/echo", post(async |body: String| body))
        .nest("/api/{tenant}", items)
        .route("/status/{code}", get(status))
        .route("/any", any(async || "any"))
        .route("/only-post", post(async || "posted"))
        .route("/slow", get(async || sleep(SLOW).await))
        .route("/panic", get(async || -> StatusCode { panic!() }))
        .route("/stream", get(async || ticks(4)))
        .route("/endless", get(async || ticks(usize::MAX)))
        .route("/broken", get(broken))
        .route("/spawns", get(spawns))
        .route("/socket", any(socket))
}

async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).expect("the suite sends real ones")
}

fn ticks(chunks: usize) -> Body {
    Body::from_stream(stream::unfold(0, move |sent| async move {
        if sent == chunks {
            return None;
        }
        sleep(TICK).await;
        Some((Ok::<_, Infallible>("tick\n"), sent + 1))
    }))
}

async fn broken() -> Body {
    Body::from_stream(stream::unfold(0, async |sent| match sent {
        0 => Some((Ok("half"), 1)),
        _ => {
            sleep(TICK).await;
            Some((Err(io::Error::other("broken")), 2))
        }
    }))
}

async fn spawns() -> &'static str {
    let context = Context::current();
    tokio::spawn(async move {
        sleep(TICK * 4).await;
        drop(context);
    });
    "spawned"
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| while socket.recv().await.is_some() {})
}
