//! Connections out of pools.

use std::time::Duration;

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_redis::{Server, TracedPool};
use otel_auto_testing::Capture;
use redis::{AsyncCommands, Commands};

use super::{
    own::{Own, free_port},
    server::server,
};

fn pool_metrics(capture: &Capture) -> Vec<(String, f64)> {
    let mut told: Vec<_> = capture
        .metrics()
        .into_iter()
        .filter(|point| point.name.starts_with("db.client.connection."))
        .map(|point| {
            let state = point.get("db.client.connection.state");
            let name = point.name.trim_start_matches("db.client.connection.");
            (
                format!("{name} {state}").trim_end().to_owned(),
                point.number(),
            )
        })
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    told
}

fn told(metrics: &[(&str, f64)]) -> Vec<(String, f64)> {
    metrics
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number))
        .collect()
}

#[tokio::test]
async fn connections_of_bb8_are_recorded_and_the_pool_is_measured() {
    let Some((client, prefix)) = server("bb8") else {
        return;
    };
    let capture = Capture::new();
    let pool = bb8::Pool::builder()
        .max_size(3)
        .build(client.clone())
        .await
        .unwrap();
    let pool = capture.in_scope(|| pool.traced_pool(&client));
    capture
        .scope(async {
            let mut connection = pool.get().await.unwrap();
            let _: () = connection.set_ex(&prefix, 1, 60).await.unwrap();
            let one: (i32,) = redis::pipe()
                .get(&prefix)
                .query_async(&mut connection)
                .await
                .unwrap();
            assert_eq!(one, (1,));
            let mut owned = pool.get_owned().await.unwrap();
            let _: () = owned.del(&prefix).await.unwrap();
        })
        .await;
    let names: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("db.operation.name"))
        .collect();
    assert_eq!(names, ["SETEX", "GET", "DEL"]);
    assert!(
        capture
            .spans()
            .iter()
            .all(|span| span.text("server.address") == "127.0.0.1")
    );
    assert_eq!(
        pool_metrics(&capture),
        told(&[
            ("count idle", 2.0),
            ("count used", 0.0),
            ("max", 3.0),
            ("pending_requests", 0.0),
            ("use_time", 2.0),
            ("wait_time", 2.0),
        ])
    );
}

#[tokio::test]
async fn a_pool_of_bb8_redis_is_used_as_its_documentation_says() {
    let Some((_, prefix)) = server("bb8_redis") else {
        return;
    };
    let url = std::env::var("REDIS_URL").unwrap();
    let capture = Capture::new();
    let manager = bb8_redis::RedisConnectionManager::new(&*url).unwrap();
    let pool = bb8_redis::bb8::Pool::builder()
        .build(manager)
        .await
        .unwrap();
    let pool = capture.in_scope(|| pool.traced_pool(Server::from_url(&url)));
    capture
        .scope(async {
            let mut connection = pool.get().await.unwrap();
            let pong: String = redis::cmd("PING")
                .query_async(&mut *connection)
                .await
                .unwrap();
            assert_eq!(pong, "PONG");
            let _: () = connection.set_ex(&prefix, 1, 60).await.unwrap();
            let _: (i32,) = redis::pipe()
                .get(&prefix)
                .query_async(&mut connection)
                .await
                .unwrap();
        })
        .await;
    let names: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("db.operation.name"))
        .collect();
    // Not the PING with which the pool looks at its connection.
    assert_eq!(names, ["PING", "SETEX", "GET"]);
    assert!(
        capture
            .spans()
            .iter()
            .all(|span| span.text("server.address") == "127.0.0.1")
    );
    assert!(pool_metrics(&capture).contains(&("use_time".to_owned(), 1.0)));
}

#[tokio::test]
async fn connections_of_deadpool_are_recorded_and_the_pool_is_measured() {
    let Some((client, prefix)) = server("deadpool") else {
        return;
    };
    let url = std::env::var("REDIS_URL").unwrap();
    let capture = Capture::new();
    let mut config = deadpool_redis::Config::from_url(&*url);
    let mut settings = deadpool_redis::PoolConfig::new(1);
    settings.timeouts.wait = Some(Duration::from_millis(20));
    config.pool = Some(settings);
    let pool = config
        .create_pool(Some(deadpool_redis::Runtime::Tokio1))
        .unwrap();
    let pool = capture.in_scope(|| pool.traced_pool(Server::from_url(&url)));
    assert_eq!(Server::from_url(&url), Server::from(&client));
    capture
        .scope(async {
            let mut connection = pool.get().await.unwrap();
            let _: Option<i32> = connection.get(&prefix).await.unwrap();
            assert!(pool.get().await.is_err());
            drop(connection);
            let timeouts = pool.timeouts();
            let mut connection = pool.timeout_get(&timeouts).await.unwrap();
            let _: bool = connection.exists(&prefix).await.unwrap();
            assert!(pool.timeout_get(&timeouts).await.is_err());
        })
        .await;
    let names: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("db.operation.name"))
        .collect();
    assert_eq!(names, ["GET", "EXISTS"]);
    assert_eq!(
        pool_metrics(&capture),
        told(&[
            ("count idle", 1.0),
            ("count used", 0.0),
            ("max", 1.0),
            ("pending_requests", 0.0),
            ("timeouts", 2.0),
            ("use_time", 2.0),
            ("wait_time", 2.0),
        ])
    );
}

#[test]
fn connections_of_r2d2_are_recorded_and_the_pool_is_measured() {
    let Some((client, prefix)) = server("r2d2") else {
        return;
    };
    let capture = Capture::new();
    let pool = r2d2::Pool::builder()
        .max_size(1)
        .connection_timeout(Duration::from_millis(200))
        .build(client.clone())
        .unwrap();
    capture.in_scope(|| {
        let pool = pool.traced_pool(&client).hide_keys();
        let mut connection = pool.get().unwrap();
        let _: Option<i32> = connection.get(&prefix).unwrap();
        pool.get().unwrap_err();
        pool.get_timeout(Duration::from_millis(20)).unwrap_err();
        assert!(pool.try_get().is_none());
        drop(connection);
        let mut connection = pool.get_timeout(Duration::from_millis(200)).unwrap();
        let _: bool = connection.exists(&prefix).unwrap();
        drop(connection);
        let _: bool = pool.try_get().unwrap().exists(&prefix).unwrap();
        assert_eq!(
            pool_metrics(&capture),
            told(&[
                ("count idle", 1.0),
                ("count used", 0.0),
                ("max", 1.0),
                ("pending_requests", 0.0),
                ("timeouts", 2.0),
                ("use_time", 3.0),
                ("wait_time", 3.0),
            ])
        );
    });
    let texts: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("db.query.text"))
        .collect();
    assert_eq!(texts, ["GET ?", "EXISTS ?", "EXISTS ?"]);
}

#[tokio::test]
async fn what_a_pool_does_goes_where_its_metrics_go() {
    let Some((client, prefix)) = server("pool_providers") else {
        return;
    };
    let capture = Capture::new();
    let pool = bb8::Pool::builder().build(client.clone()).await.unwrap();
    let nowhere = redis::Client::open(("127.0.0.1", free_port())).unwrap();
    let refused = bb8::Pool::builder()
        .connection_timeout(Duration::from_millis(50))
        .build_unchecked(nowhere.clone());
    let (pool, refused) =
        capture.in_scope(|| (pool.traced_pool(&client), refused.traced_pool(&nowhere)));
    // Outside of the capture's scope, and inside of a span.
    let caller = capture.tracer("test").start("caller");
    async {
        let mut connection = pool.get().await.unwrap();
        let _: Option<i32> = connection.get(&prefix).await.unwrap();
        assert!(refused.get().await.is_err());
    }
    .with_context(Context::new().with_span(caller))
    .await;
    let spans = capture.spans();
    let names: Vec<_> = spans
        .iter()
        .map(|span| span.text("db.operation.name"))
        .collect();
    assert_eq!(names, ["GET", "CONNECT", ""], "the last is the caller");
    assert!(spans[1].duration >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_connection_that_is_not_to_be_had_is_a_span() {
    let capture = Capture::new();
    let port = free_port();
    let url = format!("redis://127.0.0.1:{port}");
    let client = redis::Client::open(&*url).unwrap();
    let deadpool = deadpool_redis::Config::from_url(&*url)
        .create_pool(Some(deadpool_redis::Runtime::Tokio1))
        .unwrap();
    let impatient = bb8::Pool::builder()
        .connection_timeout(Duration::from_millis(50))
        .build_unchecked(client.clone());
    let (deadpool, impatient) = capture.in_scope(|| {
        (
            deadpool.traced_pool(&client),
            impatient.traced_pool(&client),
        )
    });
    // Outside of any span nothing is told of it: it may be a pool that warms up.
    assert!(capture.scope(deadpool.get()).await.is_err());
    assert_eq!(capture.tree(), "");
    let caller = capture.tracer("test").start("caller");
    let context = capture.context().with_span(caller);
    async {
        assert!(deadpool.get().await.is_err());
        assert!(impatient.get().await.is_err());
    }
    .with_context(context.clone())
    .await;
    context.span().end();
    assert_eq!(
        capture
            .tree_with(&["error.type"])
            .replace(&port.to_string(), "PORT"),
        "caller internal\n\
         \x20 CONNECT 127.0.0.1:PORT client error error.type=connection_refused\n\
         \x20 CONNECT 127.0.0.1:PORT client error error.type=timeout\n"
    );
    assert!(pool_metrics(&capture).contains(&("timeouts".to_owned(), 1.0)));
}

#[tokio::test]
async fn the_code_is_told_of_a_server_that_answers_and_lets_nobody_in() {
    let Some(own) = Own::start(&["--databases", "1"]) else {
        return;
    };
    let client = own.client();
    let capture = Capture::new();
    let pool = deadpool_redis::Config::from_url(format!("{}/1", own.url()))
        .create_pool(Some(deadpool_redis::Runtime::Tokio1))
        .unwrap();
    let pool = capture.in_scope(|| pool.traced_pool(&client));
    let caller = capture.tracer("test").start("caller");
    let context = capture.context().with_span(caller);
    let error = pool.get().with_context(context).await.err().unwrap();
    let span = &capture.spans()[0];
    assert_eq!(span.text("error.type"), "ERR", "{error}");
    assert_eq!(span.text("db.response.status_code"), "ERR");
}
