//! The population API: answers from memcached, or from the table.
//!
//! Beyond what comes by itself, it says what only its author knows: two functions that are worth a span each, and a
//! number of its own.

mod cache;
mod store;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use otel_auto::{
    instrumented,
    opentelemetry::{KeyValue, global, metrics::UpDownCounter},
    tower::HttpServerLayer,
};

use self::{cache::Cache, store::Store};
use crate::{
    data::{Density, Population},
    error::AppError,
    service,
};

struct Api {
    cache: Cache,
    store: Store,
    requests: UpDownCounter<i64>,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let _otel = otel_auto::init!();

    let api = Api {
        cache: Cache::connect(&service::setting("MEMCACHED_URL")?, service::cache_prefix()).await?,
        store: Store::connect(&service::setting("DATABASE_URL")?).await?,
        // After `init!`: an instrument stays with the provider that it was made from.
        requests: global::meter("population")
            .i64_up_down_counter("http_requests_by_prefecture")
            .with_description("Requests, by the prefecture they ask for")
            .with_unit("1")
            .build(),
    };
    let app = Router::new()
        .route("/population/{prefecture}", get(population))
        .route("/population/{prefecture}/density", get(density))
        .layer(HttpServerLayer::new())
        .with_state(Arc::new(api));
    service::serve(app).await
}

#[instrumented]
async fn population(
    State(api): State<Arc<Api>>,
    Path(prefecture): Path<String>,
) -> Result<Json<Population>, AppError> {
    let population = look_up(&api, &prefecture)
        .await?
        .ok_or(AppError::NotFound)?;
    // Counted once it is known to be one of the 47: a series for whatever anyone types would never end.
    api.requests
        .add(1, &[KeyValue::new("prefecture", prefecture.clone())]);
    Ok(Json(Population {
        prefecture,
        population,
    }))
}

#[instrumented]
async fn density(
    State(api): State<Arc<Api>>,
    Path(prefecture): Path<String>,
) -> Result<Json<Density>, AppError> {
    let density = api
        .store
        .density(&prefecture)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Json(Density {
        prefecture,
        density,
    }))
}

#[instrumented(attributes(prefecture = prefecture))]
async fn look_up(api: &Api, prefecture: &str) -> anyhow::Result<Option<i64>> {
    if let Some(population) = api.cache.get(prefecture).await? {
        return Ok(Some(population));
    }
    let population = api.store.population(prefecture).await?;
    if let Some(population) = population {
        api.cache.set(prefecture, population).await?;
    }
    Ok(population)
}
