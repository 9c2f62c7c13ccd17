//! SQLite works on a thread of its own, which knows the span only through `tracing`: as in a program after `init()`,
//! where the subscriber is the process's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::sync::{LazyLock, Mutex, PoisonError};

use futures_util::TryStreamExt;
use otel_auto_core::opentelemetry::{Context, trace::FutureExt};
use otel_auto_sqlx::{PoolExt, QueryEvents};
use otel_auto_testing::{Capture, MetricPoint, SpanView};
use sqlx::{Acquire, Executor, SqlitePool, sqlite::SqlitePoolOptions};
use tracing::Instrument;
use tracing_subscriber::{filter::LevelFilter, prelude::*};

static CAPTURE: LazyLock<Capture> = LazyLock::new(|| {
    let capture = Capture::new();
    let lean = tracing_opentelemetry::layer()
        .with_tracer(capture.tracer("test"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_filter(LevelFilter::INFO);
    // As with `RUST_LOG=warn`: what is printed is filtered, our layer is not.
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_test_writer()
                .with_filter(LevelFilter::WARN),
        )
        .with(lean)
        .with(QueryEvents::new().providers(capture.providers()).filtered())
        .init();
    capture
});

async fn memory() -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await
        .unwrap()
}

/// One collection at a time: what they share, they would share out.
fn metric(name: &str) -> Vec<MetricPoint> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    CAPTURE.metric(name).0
}

/// What ran below the one root of this name.
async fn below(root: &str) -> Vec<SpanView> {
    // The worker may hold the `tracing` span a little longer than the program does.
    for _ in 0..500 {
        if CAPTURE.spans().iter().any(|span| span.name == root) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let trace = CAPTURE.span(root).trace_id;
    let mut spans: Vec<_> = CAPTURE
        .spans()
        .into_iter()
        .filter(|span| span.trace_id == trace)
        .collect();
    spans.retain(|span| span.name != root);
    assert!(
        spans
            .iter()
            .all(|span| span.parent == CAPTURE.span(root).span_id)
    );
    spans
}

#[tokio::test]
async fn what_is_silenced_is_not_told_by_the_thread_of_sqlite() {
    LazyLock::force(&CAPTURE);
    let pool = memory().await.traced().providers(CAPTURE.providers());
    let work = async {
        let silent = Context::current().with_telemetry_suppressed();
        let query = sqlx::query("SELECT 'silent'").fetch_one(&pool);
        query.with_context(silent).await.unwrap();
        sqlx::query("SELECT 'told'").fetch_all(&pool).await.unwrap();
    };
    work.instrument(tracing::info_span!("a silent query")).await;
    assert_eq!(below("a silent query").await.len(), 1);
}

#[tokio::test]
async fn how_long_a_connection_is_used_is_told_only_where_its_end_is_seen() {
    let capture = Capture::new();
    let pool = memory().await.traced().providers(capture.providers());
    drop(Acquire::acquire(&pool).await.unwrap());
    drop(Acquire::begin(&pool).await.unwrap());
    drop(pool.acquire().await.unwrap().into_inner());
    drop(pool.acquire().await.unwrap());
    let used = capture.metric("db.client.connection.use_time");
    assert_eq!(used[0].number(), 1.0);
}

#[tokio::test]
async fn queries_are_children_of_the_span_that_ran_them() {
    LazyLock::force(&CAPTURE);
    let pool = memory().await;
    sqlx::query("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        .execute(&pool)
        .await
        .unwrap();
    let work = async {
        sqlx::query("INSERT INTO users (name) VALUES ('hush'), (?)")
            .bind("hush")
            .execute(&pool)
            .await
            .unwrap();
        let select = sqlx::query("SELECT name FROM users WHERE name = 'hush' OR id > ?").bind(0);
        assert_eq!(select.fetch_all(&pool).await.unwrap().len(), 2);
        let mut transaction = pool.begin().await.unwrap();
        let update = sqlx::query("UPDATE users SET name = ? WHERE id = 1").bind("x");
        update.execute(&mut *transaction).await.unwrap();
        transaction.rollback().await.unwrap();
    };
    work.instrument(tracing::info_span!("several queries"))
        .await;

    let spans = below("several queries").await;
    let seen: Vec<_> = spans
        .iter()
        .map(|span| {
            assert_eq!(span.text("db.system.name"), "sqlite");
            (
                span.name.as_str(),
                span.text("db.query.text"),
                span.text("db.response.returned_rows"),
            )
        })
        .filter(|(name, ..)| name.contains("users"))
        .collect();
    let wanted = [
        (
            "INSERT users",
            "INSERT INTO users (name) VALUES (?), (?)",
            "0",
        ),
        (
            "SELECT users",
            "SELECT name FROM users WHERE name = ? OR id > ?",
            "2",
        ),
        (
            "UPDATE users",
            "UPDATE users SET name = ? WHERE id = ?",
            "0",
        ),
    ];
    assert_eq!(
        seen,
        wanted.map(|(name, text, rows)| (name, text.to_owned(), rows.to_owned()))
    );
    assert!(!format!("{spans:?}").contains("hush"));
    let points = metric("db.client.operation.duration");
    let select = points
        .iter()
        .find(|point| point.get("db.query.summary") == "SELECT users")
        .unwrap();
    assert_eq!(
        (
            select.number(),
            select.unit.as_str(),
            select.get("db.system.name")
        ),
        (1.0, "s", "sqlite")
    );
}

#[tokio::test]
async fn a_query_starts_when_it_started() {
    LazyLock::force(&CAPTURE);
    let pool = memory().await;
    let slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) SELECT count(*) FROM n";
    sqlx::query(slow)
        .fetch_one(&pool)
        .instrument(tracing::info_span!("a slow query"))
        .await
        .unwrap();
    let spans = below("a slow query").await;
    let request = CAPTURE.span("a slow query");
    assert_eq!(spans.len(), 1);
    assert!(
        spans[0].duration.as_millis() >= 5,
        "{:?}",
        spans[0].duration
    );
    assert!(spans[0].data.start_time >= request.data.start_time);
}

#[tokio::test]
async fn the_first_query_of_a_new_pool_is_one_span() {
    LazyLock::force(&CAPTURE);
    let usual = sqlx::sqlite::SqliteConnectOptions::new();
    let tuned = usual.clone().foreign_keys(false).pragma("cache_size", "7");
    let work = async {
        for options in [usual, tuned] {
            let pool = SqlitePool::connect_with(options).await.unwrap();
            let keys = "PRAGMA foreign_keys = ON;";
            sqlx::query(keys).execute(&pool).await.unwrap();
        }
    };
    work.instrument(tracing::info_span!("new pools")).await;
    let spans = below("new pools").await;
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    // Those of the program.
    assert_eq!(names, ["PRAGMA foreign_keys"; 2]);
}

#[tokio::test]
async fn nothing_is_recorded_without_an_active_span() {
    LazyLock::force(&CAPTURE);
    sqlx::query("SELECT 'without a span'")
        .execute(&memory().await)
        .await
        .unwrap();
    assert!(!CAPTURE.tree().contains("PRAGMA"));
    assert!(CAPTURE.spans().iter().all(|span| span.name != "SELECT"));
}

#[tokio::test]
async fn a_query_of_a_wrapped_pool_is_one_span_although_its_event_comes_from_another_thread() {
    LazyLock::force(&CAPTURE);
    let plain = memory().await;
    let table = "CREATE TABLE things (id INTEGER PRIMARY KEY)";
    sqlx::query(table).execute(&plain).await.unwrap();
    let pool = plain.traced().name("things").providers(CAPTURE.providers());
    let work = async {
        for id in 1..200 {
            let insert = sqlx::query("INSERT INTO things VALUES (?)").bind(id);
            insert.execute(&pool).await.unwrap();
        }
        let again = sqlx::query("INSERT INTO things VALUES (?)").bind(1);
        assert!(again.execute(&pool).await.is_err());
        assert!(pool.fetch_one("SELECT * FROM no_things").await.is_err());
        let mut rows = sqlx::query("SELECT * FROM things WHERE id > 0").fetch(&pool);
        assert!(rows.try_next().await.unwrap().is_some());
        drop(rows);
        // This one waits for the connection, and so for the events of all others.
        let plain = sqlx::query("SELECT * FROM things WHERE id = ?").bind(7);
        plain.fetch_one(&*pool).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        transaction.execute("DELETE FROM things").await.unwrap();
        drop(transaction);
        let count = sqlx::query_scalar("SELECT count(*) FROM things");
        let count: i64 = count.fetch_one(&pool).await.unwrap();
        assert_eq!(count, 199);
    };
    work.instrument(tracing::info_span!("wrapped queries"))
        .await;
    let spans = below("wrapped queries").await;
    let seen: Vec<_> = spans
        .iter()
        .skip(198)
        .map(|span| {
            (
                span.name.as_str(),
                span.text("db.response.returned_rows"),
                span.text("error.type"),
            )
        })
        .collect();
    let wanted = [
        ("INSERT things", "0", ""),
        ("INSERT things", "0", "1555"),
        ("SELECT no_things", "", "1"),
        ("SELECT things", "1", ""),
        ("SELECT things", "1", ""),
        ("DELETE things", "0", ""),
        ("SELECT things", "1", ""),
    ];
    assert_eq!(
        seen,
        wanted.map(|(name, rows, error)| (name, rows.to_owned(), error.to_owned()))
    );
    // The event of the plain pool may be another pool's, while there are others.
    let named = spans
        .iter()
        .filter(|span| span.text("db.namespace") == ":memory:");
    assert!(named.count() >= spans.len() - 1);
    let mine = |name: &str| {
        let mut points = metric(name);
        points.retain(|point| point.get("db.client.connection.pool.name") == "things");
        points
    };
    let count = mine("db.client.connection.count");
    let count: f64 = count.iter().map(|point| point.number()).sum();
    assert_eq!(count, 1.0);
    assert_eq!(mine("db.client.connection.max")[0].number(), 1.0);
}

#[tokio::test]
async fn a_file_is_the_namespace() {
    LazyLock::force(&CAPTURE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let observed = otel_auto_sqlx::observe_pool(&pool);
    drop((observed, pool.clone().traced()));
    let pool = pool.traced().providers(CAPTURE.providers());
    pool.execute("CREATE TABLE in_a_file (id INT)")
        .await
        .unwrap();
    let span = CAPTURE.span("CREATE TABLE in_a_file");
    assert_eq!(span.text("db.namespace"), file.display().to_string());
    assert_eq!(span.get("server.address"), None);
}
