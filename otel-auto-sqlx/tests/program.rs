//! A program of forty functions that name `PgPool`, `&mut PgConnection` and `Transaction<'_, Postgres>`: as it is, with
//! the construction of its pool changed, and with the `use` line of the pool changed as well.
#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::duplicate_mod,
    dead_code,
    missing_docs,
    unreachable_pub
)]

use otel_auto_sqlx::{PoolExt, QueryEvents};
use otel_auto_testing::{Capture, servers};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tracing::instrument::WithSubscriber;

#[path = "cases/common.rs"]
mod common;

use common::{assert_conforms, in_span, subscriber};

#[path = "program/renamed.rs"]
mod renamed;
#[path = "program/unchanged.rs"]
mod unchanged;

/// Calls all forty.
macro_rules! run {
    ($functions:path, $pool:ident) => {{
        use $functions::*;
        create_table(&$pool).await.unwrap();
        clear(&$pool).await.unwrap();
        seed(&$pool, &[1, 2, 3]).await.unwrap();
        assert_eq!(count(&$pool).await.unwrap(), 3);
        assert_eq!(items(&$pool).await.unwrap().len(), 3);
        assert_eq!(first_item(&$pool).await.unwrap().unwrap(), "item 1");
        assert_eq!(total(&$pool).await.unwrap(), 60);
        assert_eq!(largest(&$pool).await.unwrap(), 30);
        assert_eq!(smallest(&$pool).await.unwrap(), 10);
        assert_eq!(pairs(&$pool).await.unwrap().len(), 3);
        assert_eq!(one_pair(&$pool).await.unwrap().1, "item 2");
        assert_eq!(row_item(&$pool).await.unwrap(), "item 1");
        assert_eq!(double_amounts(&$pool).await.unwrap(), 3);
        assert_eq!(raw_count(&$pool).await.unwrap(), 3);
        assert_eq!(own_connection(&$pool).await.unwrap(), 3);
        own_transaction(&$pool).await.unwrap();
        assert!(is_open(&$pool).await.unwrap());
        assert!(fails(&$pool).await.is_err());

        let mut connection = $pool.acquire().await.unwrap();
        assert_eq!(c_insert(&mut connection).await.unwrap(), 1);
        assert_eq!(c_remove(&mut *connection).await.unwrap(), 1);
        assert_eq!(c_count(&mut connection).await.unwrap(), 3);
        assert_eq!(c_twice(&mut connection).await.unwrap(), 6);
        assert_eq!(c_items(&mut connection).await.unwrap().len(), 3);
        assert!(c_item(&mut connection).await.unwrap().is_some());
        assert_eq!(c_sum(&mut connection).await.unwrap(), 120);
        assert_eq!(c_max(&mut connection).await.unwrap(), 60);
        assert!(c_exists(&mut connection).await.unwrap());
        assert_eq!(c_pairs(&mut connection).await.unwrap().len(), 3);
        assert_eq!(g_count(&mut *connection).await.unwrap(), 3);
        drop(connection);

        let mut transaction = $pool.begin().await.unwrap();
        assert_eq!(t_insert(&mut transaction).await.unwrap(), 1);
        assert_eq!(t_remove(&mut transaction).await.unwrap(), 1);
        assert_eq!(t_count(&mut transaction).await.unwrap(), 3);
        assert_eq!(t_items(&mut transaction).await.unwrap().len(), 3);
        assert_eq!(t_lock(&mut transaction).await.unwrap().len(), 3);
        assert_eq!(t_sum(&mut transaction).await.unwrap(), 120);
        assert_eq!(t_of_connection(&mut transaction).await.unwrap(), 3);
        t_raw(&mut transaction).await.unwrap();
        assert_eq!(g_items(&mut *transaction).await.unwrap().len(), 3);
        transaction.commit().await.unwrap();
        assert_eq!(g_first(&$pool).await.unwrap(), Some(1));
        assert_eq!(g_touch(&$pool).await.unwrap(), 3);
    }};
}

/// The queries that these calls make.
const QUERIES: usize = 42;

async fn pool(url: &str, schema: &str) -> sqlx::PgPool {
    let options: PgConnectOptions = url.parse().unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.options([("search_path", schema)]))
        .await
        .unwrap();
    let schema = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    let schema = sqlx::AssertSqlSafe(schema);
    sqlx::raw_sql(schema).execute(&pool).await.unwrap();
    pool
}

/// Every query is one span below the request; gives the names of those that are errors.
fn check(capture: &Capture) -> Vec<String> {
    let request = capture.span("request").span_id;
    let spans = capture.spans();
    let queries: Vec<_> = spans.iter().filter(|span| span.parent == request).collect();
    assert_eq!(queries.len(), QUERIES, "{}", capture.tree());
    assert_eq!(spans.len(), QUERIES + 1);
    for query in &queries {
        assert_eq!(query.text("server.address"), "127.0.0.1");
        assert_eq!(query.text("db.system.name"), "postgresql");
    }
    assert_conforms(capture);
    let failed = queries.iter().filter(|query| query.is_error());
    failed.map(|query| query.text("error.type")).collect()
}

// One after the other: an event belongs to the only pool there is.
#[tokio::test]
async fn the_program_compiles_and_is_traced_with_one_line_changed_or_none() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };

    let capture = Capture::new();
    let events = subscriber(&capture, QueryEvents::new());
    let work = async {
        let pool = pool(&url, "otel_auto_sqlx_unchanged").await;
        let _observed = otel_auto_sqlx::observe_pool(&pool);
        in_span(&capture, async { run!(unchanged::functions, pool) }).await;
    };
    work.with_subscriber(events).await;
    assert_eq!(check(&capture), [""; 0]);

    let capture = Capture::new();
    let events = subscriber(&capture, QueryEvents::new());
    let work = async {
        let pool = pool(&url, "otel_auto_sqlx_constructed")
            .await
            .traced()
            .providers(capture.providers());
        in_span(&capture, async { run!(unchanged::functions, pool) }).await;
    };
    work.with_subscriber(events).await;
    assert_eq!(check(&capture), [""; 0]);

    let capture = Capture::new();
    let events = subscriber(&capture, QueryEvents::new());
    let work = async {
        let pool = pool(&url, "otel_auto_sqlx_renamed")
            .await
            .traced()
            .providers(capture.providers());
        in_span(&capture, async { run!(renamed::functions, pool) }).await;
    };
    work.with_subscriber(events).await;
    assert_eq!(check(&capture), ["42703"]);
}
