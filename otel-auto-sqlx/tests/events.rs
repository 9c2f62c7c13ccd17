//! Real databases, the program's types untouched: the queries become spans below the span that was current.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_sqlx::QueryEvents;
use otel_auto_testing::{Capture, servers};
use sqlx::{
    Row,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    postgres::PgPool,
};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::{filter::LevelFilter, prelude::*};

/// A subscriber as in a program with `RUST_LOG=warn`: what is printed is filtered, our layer is not.
fn subscriber(
    capture: &Capture,
    events: QueryEvents,
) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_test_writer()
                .with_filter(LevelFilter::WARN),
        )
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(capture.tracer("test"))
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
                .with_target(false)
                .with_filter(LevelFilter::INFO),
        )
        .with(events.providers(capture.providers()).filtered())
}

/// Runs a future in a span of the API alone, as below a request that is served without `tracing`.
async fn in_span<F: Future>(capture: &Capture, future: F) -> F::Output {
    let span = capture.tracer("test").start("request");
    let context = Context::new().with_span(span);
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

#[tokio::test]
async fn mariadb_queries_are_children_of_a_span_of_the_api() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        // With one connection no other is opened, and set up, in the middle.
        let pool = MySqlPoolOptions::new()
            .max_connections(1)
            .connect(&url)
            .await
            .unwrap();
        in_span(&capture, async {
            let row = sqlx::query("SELECT ? + 1 AS sum")
                .bind(41)
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>("sum"), 42);
            assert!(
                sqlx::query("SELECT * FROM no_such_table WHERE a = ?")
                    .bind(1)
                    .execute(&pool)
                    .await
                    .is_err()
            );
        })
        .await;
        pool.close().await;
    };
    work.with_subscriber(subscriber(&capture, QueryEvents::new().system("mariadb")))
        .await;
    assert_eq!(
        capture.tree_with(&["db.system.name", "db.query.text"]),
        "request internal\n  SELECT client db.system.name=mariadb db.query.text=SELECT ? + ? AS sum\n  \
         SELECT no_such_table client db.system.name=mariadb db.query.text=SELECT * FROM no_such_table WHERE a = ?\n"
    );
}

/// What a new pool sends for itself belongs to nobody's request.
#[tokio::test]
async fn the_first_query_of_a_new_pool_of_mariadb_is_one_span() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let url: MySqlConnectOptions = url.parse().unwrap();
        let plain = url.clone().pipes_as_concat(false).timezone(None);
        let bare = url
            .clone()
            .pipes_as_concat(false)
            .no_engine_substitution(false);
        for options in [url, plain, bare] {
            in_span(&capture, async {
                let pool = MySqlPoolOptions::new().connect_lazy_with(options);
                let first = sqlx::query("SELECT 1").fetch_one(&pool);
                first.await.unwrap();
                // What the program says itself is its own.
                let mode = "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',ANSI'))";
                sqlx::query(mode).execute(&pool).await.unwrap();
                pool.close().await;
            })
            .await;
        }
    };
    work.with_subscriber(subscriber(&capture, QueryEvents::new().system("mariadb")))
        .await;
    let tree = "request internal\n  SELECT client\n  SET sql_mode client\n";
    assert_eq!(capture.tree(), tree.repeat(3));
}

#[tokio::test]
async fn the_first_query_of_a_new_pool_of_postgresql_is_one_span() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let set_up = PgPool::connect(&url).await.unwrap();
    let kinds = "DROP TYPE IF EXISTS otel_auto_sqlx_pair, otel_auto_sqlx_mood;
         CREATE TYPE otel_auto_sqlx_mood AS ENUM ('calm', 'merry');
         CREATE TYPE otel_auto_sqlx_pair AS (mood otel_auto_sqlx_mood, moods otel_auto_sqlx_mood[])";
    sqlx::raw_sql(kinds).execute(&set_up).await.unwrap();
    let work = async {
        in_span(&capture, async {
            let pool = PgPool::connect(&url).await.unwrap();
            // The driver asks the server for the types, before and behind.
            let moods = "SELECT $1 AS mood, ROW($1, ARRAY[$1])::otel_auto_sqlx_pair AS pair";
            let row = sqlx::query(moods).bind(Mood::Merry).fetch_one(&pool);
            let row = row.await.unwrap();
            assert_eq!(row.get::<Mood, _>("mood"), Mood::Merry);
            pool.close().await;
        })
        .await;
        in_span(&capture, async {
            let pool = sqlx_08::PgPool::connect(&url).await.unwrap();
            let moods = "SELECT 'calm'::otel_auto_sqlx_mood, ROW($1, NULL)::otel_auto_sqlx_pair";
            let row = sqlx_08::query(moods).bind("merry").fetch_one(&pool);
            row.await.unwrap();
            pool.close().await;
        })
        .await;
    };
    work.with_subscriber(subscriber(&capture, QueryEvents::new()))
        .await;
    let tree = "request internal\n  SELECT client\n";
    assert_eq!(capture.tree(), tree.repeat(2));
}

#[derive(Debug, PartialEq, sqlx::Type)]
#[sqlx(type_name = "otel_auto_sqlx_mood", rename_all = "lowercase")]
enum Mood {
    Calm,
    Merry,
}

#[tokio::test]
async fn postgresql_queries_are_children_of_a_span_of_the_api() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let pool = PgPool::connect(&url).await.unwrap();
        in_span(&capture, async {
            let row = sqlx::query("SELECT $1::int8 + 1 AS sum")
                .bind(41_i64)
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>("sum"), 42);
        })
        .await;
        pool.close().await;
    };
    work.with_subscriber(subscriber(&capture, QueryEvents::new()))
        .await;
    assert_eq!(
        capture.span("SELECT").text("db.query.text"),
        "SELECT $1::int8 + ? AS sum"
    );
    assert_eq!(
        capture.span("SELECT").parent,
        capture.span("request").span_id
    );
}
