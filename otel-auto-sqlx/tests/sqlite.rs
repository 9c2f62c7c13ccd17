//! SQLite works on a thread of its own, which knows the span only through `tracing`: as in a program after `init()`,
//! where the subscriber is the process's.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::sync::LazyLock;

use otel_auto_sqlx::QueryEvents;
use otel_auto_testing::{Capture, SpanView};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
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
    let points = CAPTURE.metric("db.client.operation.duration");
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
async fn nothing_is_recorded_without_an_active_span() {
    LazyLock::force(&CAPTURE);
    sqlx::query("SELECT 'without a span'")
        .execute(&memory().await)
        .await
        .unwrap();
    assert!(!CAPTURE.tree().contains("PRAGMA"));
    assert!(CAPTURE.spans().iter().all(|span| span.name != "SELECT"));
}
