//! The program: it knows nothing of tests.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::StatusCode,
    routing::get,
};
use futures_util::stream;
use otel_auto::{
    Counter, Histogram, instrumented, opentelemetry::KeyValue, tower::HttpServerLayer,
};

static ORDERS: Counter = otel_auto::counter!("shop.orders", unit = "{order}");
static WEIGHT: Histogram = otel_auto::histogram!("shop.weight", unit = "kg");

pub(crate) fn app() -> Router {
    Router::new()
        .route("/orders/{id}", get(order))
        .route("/stream/{parts}", get(parts))
        .route("/mail", get(mail))
        .layer(HttpServerLayer::new())
}

async fn order(Path(id): Path<u32>) -> Result<String, StatusCode> {
    let price = price(id).await.map_err(|_| StatusCode::CONFLICT)?;
    ORDERS.add(
        1,
        &[KeyValue::new(
            "shop.kind",
            if id % 2 == 0 { "book" } else { "pen" },
        )],
    );
    WEIGHT.record(0.4, &[]);
    Ok(price.to_string())
}

#[instrumented(attributes(order.id = id))]
pub(crate) async fn price(id: u32) -> Result<u32, String> {
    if id == 0 {
        return Err("no such order".to_owned());
    }
    let look_up = move || otel_auto::span!("look up", shop.shelf = "A").run(|| id);
    let looked_up = otel_auto::spawn_blocking(look_up).await.unwrap();
    look_for(id).await;
    Ok(looked_up)
}

/// A span of `tracing`, and an event in it.
#[tracing::instrument(fields(found = true))]
async fn look_for(id: u32) {
    tokio::task::yield_now().await;
    tracing::info!(id, "found");
    tracing::debug!("not recorded by default");
}

/// The client has its answer before the span ends.
async fn parts(Path(parts): Path<u32>) -> Body {
    Body::from_stream(stream::unfold(parts, |left| async move {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        left.checked_sub(1)
            .map(|left| (Ok::<_, Infallible>(Bytes::from("part")), left))
    }))
}

/// Work that nobody waits for.
async fn mail() {
    otel_auto::spawn(async {
        tokio::task::yield_now().await;
        otel_auto::span!("send mail")
            .future(tokio::task::yield_now())
            .await;
    });
}
