//! Pools of `deadpool_postgres`, against a real server.
#![cfg(feature = "deadpool")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use deadpool_postgres::{Manager, Pool};
use otel_auto_testing::Capture;
use otel_auto_tokio_postgres::TracedPool;
use support::{below_a_caller, config};
use tokio_postgres::NoTls;

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
