//! `query!`, `query_as!`, `query_scalar!` and functions generic over `Executor` take what the wrapped pool gives.
//!
//! The macros are checked against `.sqlx`, since `.env` says so. To make it anew, for `postgres` and for `sqlite`:
//!
//! ```text
//! SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$PWD/otel-auto-sqlx/.sqlx DATABASE_URL=sqlite::memory: \
//!     cargo test -p otel-auto-sqlx --features sqlite --test macros --no-run
//! ```
#![cfg(any(feature = "postgres", feature = "sqlite"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

use otel_auto_sqlx::PoolExt;
use otel_auto_testing::Capture;

#[path = "cases/common.rs"]
mod common;

struct Pair {
    id: i64,
    item: String,
}

/// Every macro on a pool, a connection and a transaction.
macro_rules! on_all {
    ($on:ident, $pool:ident) => {{
        $on!(&$pool);
        let mut connection = $pool.acquire().await.unwrap();
        $on!(&mut *connection);
        drop(connection);
        let mut transaction = $pool.begin().await.unwrap();
        $on!(&mut *transaction);
        transaction.commit().await.unwrap();
    }};
}

/// The four queries of each, one span for each.
fn assert_all(capture: &Capture, names: [&str; 4]) {
    let calls: String = names.map(|name| format!("  {name} client\n")).concat();
    let expected = format!("request internal\n{}", calls.repeat(3));
    assert_eq!(capture.tree(), expected);
    common::assert_conforms(capture);
}

#[cfg(feature = "postgres")]
mod postgres {
    use sqlx::{Executor, Postgres, postgres::PgPoolOptions};

    use super::*;

    async fn generic<'e, E>(executor: E) -> sqlx::Result<i32>
    where
        E: Executor<'e, Database = Postgres>,
    {
        let count = sqlx::query_scalar!("SELECT count(*)::int FROM generate_series(1, $1::int)", 4);
        Ok(count.fetch_one(executor).await?.unwrap_or_default())
    }

    macro_rules! on {
        ($executor:expr) => {
            let sum = sqlx::query!(r#"SELECT $1::int8 + 1 AS "sum!""#, 41);
            assert_eq!(sum.fetch_one($executor).await.unwrap().sum, 42);
            let pair = sqlx::query_as!(
                Pair,
                r#"SELECT id AS "id!", 'item ' || id AS "item!" FROM generate_series(1, $1::int8) AS id"#,
                2
            );
            let pairs = pair.fetch_all($executor).await.unwrap();
            assert_eq!((pairs[1].id, &*pairs[1].item), (2, "item 2"));
            let roles = sqlx::query_scalar!("SELECT rolname FROM pg_roles WHERE rolname = $1", "no");
            assert!(roles.fetch_optional($executor).await.unwrap().is_none());
            assert_eq!(generic($executor).await.unwrap(), 4);
        };
    }

    #[tokio::test]
    async fn the_macros_take_what_a_wrapped_pool_of_postgresql_gives() {
        let Some(url) = otel_auto_testing::servers::url("POSTGRES_URL") else {
            return;
        };
        let capture = Capture::new();
        let pool = PgPoolOptions::new().max_connections(1).connect(&url).await;
        let pool = pool.unwrap().traced().providers(capture.providers());
        common::in_span(&capture, async { on_all!(on, pool) }).await;
        let series = "SELECT generate_series";
        assert_all(&capture, ["SELECT", series, "SELECT pg_roles", series]);
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use sqlx::{Executor, Sqlite, sqlite::SqlitePoolOptions};

    use super::*;

    async fn generic<'e, E>(executor: E) -> sqlx::Result<i64>
    where
        E: Executor<'e, Database = Sqlite>,
    {
        let count =
            sqlx::query_scalar!("SELECT count(*) FROM sqlite_schema WHERE type = ?", "table");
        count.fetch_one(executor).await
    }

    macro_rules! on {
        ($executor:expr) => {
            let sum = sqlx::query!(r#"SELECT ? + 1 AS "sum!: i64""#, 41);
            assert_eq!(sum.fetch_one($executor).await.unwrap().sum, 42);
            let pair = sqlx::query_as!(
                Pair,
                r#"SELECT 2 AS "id!: i64", 'item ' || ? AS "item!: String""#,
                2
            );
            let pairs = pair.fetch_all($executor).await.unwrap();
            assert_eq!((pairs[0].id, &*pairs[0].item), (2, "item 2"));
            let names = sqlx::query_scalar!("SELECT name FROM sqlite_schema WHERE type = ?", "no");
            assert!(names.fetch_optional($executor).await.unwrap().is_none());
            assert_eq!(generic($executor).await.unwrap(), 0);
        };
    }

    #[tokio::test]
    async fn the_macros_take_what_a_wrapped_pool_of_sqlite_gives() {
        let capture = Capture::new();
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        let pool = pool.traced().providers(capture.providers());
        common::in_span(&capture, async { on_all!(on, pool) }).await;
        let schema = "SELECT sqlite_schema";
        assert_all(&capture, ["SELECT", "SELECT", schema, schema]);
    }
}
