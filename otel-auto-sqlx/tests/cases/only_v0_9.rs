use std::borrow::Cow;

use otel_auto_sqlx::{PgPool, PoolExt};
use otel_auto_testing::{Capture, servers};
use sqlx::{
    AssertSqlSafe, Connection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::common::in_span;

async fn pool(url: &str, capture: &Capture, schema: &str) -> PgPool {
    let options: PgConnectOptions = url.parse().unwrap();
    let plain = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.options([("search_path", schema)]))
        .await
        .unwrap();
    let set_up = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    let set_up = AssertSqlSafe(set_up);
    sqlx::raw_sql(set_up).execute(&plain).await.unwrap();
    plain.traced().providers(capture.providers())
}

#[tokio::test]
async fn the_traces_context_goes_with_the_sql_if_that_is_wanted() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::builder()
        .settings(|settings| settings.db.sqlcommenter = true)
        .build();
    let pool = pool(&url, &capture, "otel_auto_sqlx_commenter").await;
    in_span(&capture, async {
        let sent = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND 1 = $1";
        let sent = sqlx::query_scalar(sent).bind(1);
        let sent: String = sent.fetch_one(&pool).await.unwrap();
        let span = capture.span("SELECT pg_stat_activity");
        let parent = format!("traceparent='00-{}-{}-01'", span.trace_id, span.span_id);
        assert!(sent.ends_with(&format!("= $1 /*{parent}*/")), "{sent}");
        assert!(!span.text("db.query.text").contains("/*"));
        assert_eq!(pool.acquire().await.unwrap().cached_statements_size(), 0);
    })
    .await;
}

#[tokio::test]
async fn migrations_run_on_a_wrapped_pool() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let pool = pool(&url, &capture, "otel_auto_sqlx_migrations").await;
    let table = "CREATE TABLE migrated (id INT)".into_sql_str();
    let migration = Migration::new(1, "one".into(), MigrationType::Simple, table, false);
    let mut migrator = Migrator::DEFAULT;
    migrator.migrations = Cow::Owned(vec![migration]);
    migrator.run(&pool).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM migrated")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 0);
    assert_eq!(capture.tree(), "SELECT migrated client\n");
}

#[tokio::test]
async fn a_statement_that_was_prepared_is_run_as_it_was_prepared() {
    use sqlx::{Executor, SqlSafeStr, Statement};

    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let pool = pool(&url, &capture, "otel_auto_sqlx_prepared").await;
    let statement = pool
        .prepare("SELECT $1 || 'x'".into_sql_str())
        .await
        .unwrap();
    let text: String = statement
        .query_scalar()
        .bind("a")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(text, "ax");
    let mut transaction = pool.begin_with("BEGIN READ ONLY").await.unwrap();
    let answer = sqlx::query("CREATE TABLE never (id INT)").execute(&mut *transaction);
    assert!(answer.await.is_err());
    drop(transaction);
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "SELECT client\nCREATE TABLE never client error error.type=25006\n"
    );
}
