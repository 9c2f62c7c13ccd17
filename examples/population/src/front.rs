//! The front service: answers from Redis, or asks the population API.
//!
//! Its telemetry is four words: `init!`, the layer, `.traced(..)` where the connection is made, and `send_traced` in
//! place of `send`.

use std::time::Duration;

use anyhow::Context as _;
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use otel_auto::{
    redis::{Connection, Traced as _},
    reqwest::RequestBuilderExt as _,
    tower::HttpServerLayer,
};
use redis::{AsyncCommands as _, AsyncConnectionConfig, aio::MultiplexedConnection};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::{
    data::{Density, Population},
    error::AppError,
    service,
};

const SECONDS_CACHED: u64 = 60;
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Front {
    cache: Connection<MultiplexedConnection>,
    cache_prefix: String,
    client: reqwest::Client,
    api: Url,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let _otel = otel_auto::init!();

    let redis = redis::Client::open(service::setting("REDIS_URL")?)?;
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(TIMEOUT));
    let cache = redis
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .context("no connection to Redis")?;
    // The API is on this machine: no proxy that a variable may name knows the way.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()?;
    let front = Front {
        cache: cache.traced(&redis),
        cache_prefix: service::cache_prefix(),
        client,
        api: service::setting("POPULATION_API_URL")?.parse()?,
    };
    let app = Router::new()
        .route("/prefectures/{name}", get(prefecture))
        .route("/prefectures/{name}/density", get(density))
        .layer(HttpServerLayer::new())
        .with_state(front);
    service::serve(app).await
}

async fn prefecture(
    State(mut front): State<Front>,
    Path(name): Path<String>,
) -> Result<Json<Population>, AppError> {
    let key = format!("{}:front:{name}", front.cache_prefix);
    if let Some(population) = front.cache.get(&key).await? {
        return Ok(Json(Population {
            prefecture: name,
            population,
        }));
    }
    let answer: Population = front.ask(&["population", &name]).await?;
    let () = front
        .cache
        .set_ex(&key, answer.population, SECONDS_CACHED)
        .await?;
    Ok(Json(answer))
}

async fn density(
    State(front): State<Front>,
    Path(name): Path<String>,
) -> Result<Json<Density>, AppError> {
    Ok(Json(front.ask(&["population", &name, "density"]).await?))
}

impl Front {
    async fn ask<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, AppError> {
        let mut url = self.api.clone();
        // Encodes each segment: a name with a slash in it must not become another path.
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{} is no base of a path", self.api))?
            .extend(path);
        let response = self.client.get(url).send_traced().await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(AppError::NotFound);
        }
        Ok(response.error_for_status()?.json().await?)
    }
}
