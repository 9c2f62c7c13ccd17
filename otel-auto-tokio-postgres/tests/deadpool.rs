//! Pools of `deadpool_postgres`, against a real server.
#![cfg(feature = "deadpool")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{net::TcpListener, time::Duration};

use deadpool_postgres::{Manager, Pool, Runtime};
use otel_auto_testing::Capture;
use otel_auto_tokio_postgres::TracedPool;
use support::{below_a_caller, config};
use tokio_postgres::{Config, NoTls, types::Type};

#[tokio::test]
async fn clients_of_a_pool_are_recorded_and_its_caches_work() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager)
        .max_size(2)
        .build()
        .unwrap()
        .traced(&config);
    below_a_caller(&capture, async {
        let mut client = pool.get().await.unwrap();
        let one = client.prepare_cached("SELECT 1 + $1").await.unwrap();
        let two: i32 = client.query_one_scalar(&one, &[&1]).await.unwrap();
        assert_eq!(two, 2);
        let transaction = client.transaction().await.unwrap();
        let again = transaction.prepare_cached("SELECT 1 + $1").await.unwrap();
        transaction.query_one(&again, &[&2]).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(client.statement_cache.size(), 1);
        assert_eq!(pool.status().size, 1, "the pool itself is within reach");
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.query.text", "db.response.returned_rows"]),
        "caller internal\n\
         \x20 SELECT client db.query.text=SELECT ? + $1 db.response.returned_rows=1\n\
         \x20 SELECT client db.query.text=SELECT ? + $1 db.response.returned_rows=1\n"
    );
}

#[tokio::test]
async fn what_a_pool_does_goes_where_its_metrics_go() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager).build().unwrap();
    let pool = capture.in_scope(|| pool.traced(&config));
    let client = pool.get().await.unwrap();
    client.query_one("SELECT 1", &[]).await.unwrap();
    assert_eq!(capture.tree(), "SELECT client\n");
}

#[tokio::test]
async fn a_statement_for_the_cache_that_cannot_be_prepared_is_told() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager).build().unwrap().traced(&config);
    capture
        .scope(async {
            let mut client = pool.get().await.unwrap();
            let typed = client.prepare_typed_cached("SELECT $1", &[Type::INT4]);
            assert_eq!(typed.await.unwrap().params(), [Type::INT4]);
            client.prepare_cached("SELEKT 1").await.unwrap_err();
            let transaction = client.transaction().await.unwrap();
            transaction.prepare_cached("SELEKT 2").await.unwrap_err();
        })
        .await;
    let name = format!("PREPARE {}", config.get_dbname().unwrap());
    assert_eq!(
        capture
            .tree_with(&["db.query.text", "error.type"])
            .replace(&name, "PREPARE"),
        "PREPARE client error db.query.text=SELEKT ? error.type=42601\n\
         PREPARE client error db.query.text=SELEKT ? error.type=42601\n"
    );
}

#[tokio::test]
async fn a_pool_tells_its_connections_and_who_waits_for_them() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager)
        .max_size(1)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_millis(20)))
        .build()
        .unwrap();
    let pool = capture.in_scope(|| pool.traced(&config));
    below_a_caller(&capture, async {
        let client = pool.get().await.unwrap();
        pool.get().await.unwrap_err();
        pool.timeout_get(&pool.timeouts()).await.unwrap_err();
        let numbers: Vec<_> = capture
            .metric("db.client.connection.count")
            .iter()
            .map(|point| {
                (
                    point.get("db.client.connection.state").to_owned(),
                    point.number(),
                )
            })
            .collect();
        assert!(numbers.contains(&("used".to_owned(), 1.0)), "{numbers:?}");
        drop(client);
        let client = pool.timeout_get(&pool.timeouts()).await.unwrap();
        client.query_one("SELECT 1", &[]).await.unwrap();
    })
    .await;
    for (name, expected) in [
        ("db.client.connection.max", 1.0),
        ("db.client.connection.timeouts", 2.0),
    ] {
        let point = &capture.metric(name)[0];
        assert_eq!(point.number(), expected, "{name}");
        let port = config.get_ports()[0];
        assert_eq!(
            point.get("db.client.connection.pool.name"),
            format!("127.0.0.1:{port}/population")
        );
    }
    for name in [
        "db.client.connection.wait_time",
        "db.client.connection.use_time",
    ] {
        assert_eq!(capture.metric(name).len(), 1, "{name}");
    }
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "caller internal\n\
         \x20 CONNECT population client error error.type=timeout\n\
         \x20 CONNECT population client error error.type=timeout\n\
         \x20 SELECT client\n"
    );
}

#[tokio::test]
async fn a_server_that_refuses_is_told() {
    let capture = Capture::new();
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let config = format!("postgres://ann:not-for-telemetry@127.0.0.1:{port}/shop");
    let config: Config = config.parse().unwrap();
    let pool = Pool::builder(Manager::new(config.clone(), NoTls))
        .build()
        .unwrap();
    let pool = pool.traced(&config);
    below_a_caller(&capture, async {
        pool.get().await.unwrap_err();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "caller internal\n\
         \x20 CONNECT shop client error error.type=connection_refused\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("not-for-telemetry"));
}

#[tokio::test]
async fn the_code_is_told_of_a_server_that_answers_and_lets_nobody_in() {
    let Some(mut config) = config() else { return };
    config.dbname("otel_auto_nowhere");
    let capture = Capture::new();
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager).build().unwrap().traced(&config);
    below_a_caller(&capture, async {
        pool.get().await.unwrap_err();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.response.status_code", "error.type"]),
        "caller internal\n\
         \x20 CONNECT otel_auto_nowhere client error db.response.status_code=3D000 error.type=3D000\n"
    );
}
