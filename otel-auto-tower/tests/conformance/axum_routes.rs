//! The suite's routes on axum.

use std::{convert::Infallible, io};

use axum::{
    Router,
    body::Body,
    extract::{Path, WebSocketUpgrade},
    http::StatusCode,
    response::Response,
    routing::{any, get, post},
};
use futures_util::stream;
use otel_auto_core::opentelemetry::Context;
use otel_auto_testing::conformance::http_server::{SLOW, TICK};
use tokio::time::sleep;

pub(crate) fn routes() -> Router {
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
        .route(
            "/panic",
            get(async || -> StatusCode { panic!("on purpose") }),
        )
        .route("/stream", get(async || ticks(4)))
        .route("/endless", get(async || ticks(usize::MAX)))
        .route("/broken", get(broken))
        .route("/spawns", get(spawns))
        .route("/socket", any(socket))
}

async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
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
        sleep(SLOW).await;
        drop(context);
    });
    "spawned"
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| while socket.recv().await.is_some() {})
}
