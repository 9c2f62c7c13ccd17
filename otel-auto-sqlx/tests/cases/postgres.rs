use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use otel_auto_testing::{
    Capture,
    servers::{self, OwnServer},
};
use tracing::instrument::WithSubscriber;

use super::{
    common::{assert_conforms, in_span, subscriber},
    lib::{
        self as sqlx, Acquire, Executor, PgConnection, Postgres, Row, Transaction,
        postgres::{PgListener, PgPoolOptions},
    },
    ours::{PgPool, PoolExt},
};

const ROWS: &[&str] = &["db.response.returned_rows"];
const ERRORS: &[&str] = &["error.type", "db.response.status_code"];

/// A pool of one connection in a schema of the test's own, with a table of three people.
async fn people(url: &str, capture: &Capture, schema: &'static str) -> PgPool {
    let schema = format!("{schema}_{}", super::VERSION);
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let plain = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(20))
        .connect_with(options.options([("search_path", &schema)]))
        .await
        .unwrap();
    let set_up = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};
         CREATE TABLE people (id INT PRIMARY KEY, name TEXT NOT NULL);
         INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');"
    );
    sqlx::raw_sql(super::sql(&set_up))
        .execute(&plain)
        .await
        .unwrap();
    plain.traced().providers(capture.providers())
}

async fn plain_pool(pool: &sqlx::PgPool) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM people WHERE 'pool' = $1");
    count.bind("pool").fetch_one(pool).await.unwrap()
}

async fn plain_connection(connection: &mut PgConnection) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM people WHERE 'connection' = $1");
    count
        .bind("connection")
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn plain_transaction(transaction: &mut Transaction<'_, Postgres>) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM people WHERE 'transaction' = $1");
    count
        .bind("transaction")
        .fetch_one(&mut **transaction)
        .await
        .unwrap()
}

async fn generic<'e, E: Executor<'e, Database = Postgres>>(executor: E) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM people");
    count.fetch_one(executor).await.unwrap()
}

async fn acquiring<'a, A: Acquire<'a, Database = Postgres>>(from: A) -> i64 {
    let mut connection = from.acquire().await.unwrap();
    generic(&mut *connection).await
}

#[tokio::test]
async fn every_way_to_run_a_query_makes_one_span() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let pool = people(&url, &capture, "otel_auto_sqlx_ways").await;
        in_span(&capture, async {
            let insert = sqlx::query("INSERT INTO people VALUES ($1, $2)")
                .bind(4)
                .bind("Di");
            assert_eq!(insert.execute(&pool).await.unwrap().rows_affected(), 1);
            let all = sqlx::query("SELECT name FROM people WHERE id > $1").bind(0);
            assert_eq!(all.fetch_all(&pool).await.unwrap().len(), 4);
            let one = sqlx::query_as("SELECT id, name FROM people WHERE id = $1").bind(1);
            let (id, name): (i32, String) = one.fetch_one(&pool).await.unwrap();
            assert_eq!((id, name.as_str()), (1, "Ann"));
            let none = sqlx::query("SELECT name FROM people WHERE id = $1").bind(99);
            assert!(none.fetch_optional(&pool).await.unwrap().is_none());
            let mut stream = sqlx::query("SELECT id FROM people ORDER BY id").fetch(&pool);
            let mut ids = Vec::new();
            while let Some(row) = stream.try_next().await.unwrap() {
                ids.push(row.get::<i32, _>(0));
            }
            drop(stream);
            assert_eq!(ids, [1, 2, 3, 4]);
            let several =
                sqlx::raw_sql("UPDATE people SET name = 'hush'; DELETE FROM people WHERE id = 4");
            several.execute(&pool).await.unwrap();
            assert_eq!(generic(&pool).await, 3);
            assert_eq!(acquiring(&pool).await, 3);

            let mut connection = pool.acquire().await.unwrap();
            assert_eq!(generic(&mut *connection).await, 3);
            assert_eq!(acquiring(&mut connection).await, 3);
            assert_eq!(plain_connection(&mut connection).await, 3);
            connection
                .execute("SET application_name = 'hush'")
                .await
                .unwrap();
            drop(connection);

            let mut transaction = pool.begin().await.unwrap();
            assert_eq!(generic(&mut *transaction).await, 3);
            let mut inner = transaction.begin().await.unwrap();
            sqlx::query("DELETE FROM people")
                .execute(&mut *inner)
                .await
                .unwrap();
            inner.rollback().await.unwrap();
            assert_eq!(acquiring(&mut transaction).await, 3);
            assert_eq!(plain_transaction(&mut transaction).await, 3);
            assert_eq!(plain_connection(&mut transaction).await, 3);
            transaction.commit().await.unwrap();
            assert_eq!(plain_pool(&pool).await, 3);

            let mut listener = PgListener::connect_with(&pool).await.unwrap();
            listener.ignore_pool_close_event(true);
        })
        .await;
        pool.close().await;
    };
    let events = super::events();
    work.with_subscriber(subscriber(&capture, events)).await;
    let counted = "  SELECT people client db.response.returned_rows=1\n";
    assert_eq!(
        capture.tree_with(ROWS).replace(counted, "  -\n"),
        "request internal\n  INSERT people client db.response.returned_rows=0\n  \
         SELECT people client db.response.returned_rows=4\n  -\n  \
         SELECT people client db.response.returned_rows=0\n  \
         SELECT people client db.response.returned_rows=4\n  \
         UPDATE people DELETE people client db.response.returned_rows=0\n  -\n  -\n  -\n  -\n  -\n  \
         SET application_name client db.response.returned_rows=0\n  -\n  \
         DELETE people client db.response.returned_rows=0\n  -\n  -\n  -\n  -\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("hush"));
    // Where an event came from is certain only while there is no other pool, as other tests have.
    let namespace = format!("population|otel_auto_sqlx_ways_{}", super::VERSION);
    let spans = capture.spans().into_iter();
    let wrapped: Vec<_> = spans
        .filter(|span| span.text("db.namespace") == namespace)
        .collect();
    assert!(wrapped.len() >= 11, "{}", wrapped.len());
    for span in &wrapped {
        assert_eq!(span.text("db.system.name"), "postgresql");
        assert_eq!(span.text("server.address"), "127.0.0.1");
    }
    assert!(!format!("{:?}", capture.spans()).contains("not-for-telemetry"));
    assert_conforms(&capture);
}

#[tokio::test]
async fn errors_are_told_by_their_sqlstate() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let pool = people(&url, &capture, "otel_auto_sqlx_errors").await;
        in_span(&capture, async {
            let double = sqlx::query("INSERT INTO people VALUES ($1, 'hush')").bind(1);
            assert!(double.execute(&pool).await.is_err());
            assert!(sqlx::query("SELEC 'hush'").execute(&pool).await.is_err());
            assert!(
                sqlx::query("SELECT * FROM nowhere")
                    .fetch_one(&pool)
                    .await
                    .is_err()
            );
            let mut transaction = pool.begin().await.unwrap();
            transaction
                .execute("SET LOCAL statement_timeout = 50")
                .await
                .unwrap();
            assert!(transaction.fetch_all("SELECT pg_sleep(20)").await.is_err());
            drop(transaction);
            let nobody = sqlx::query("SELECT name FROM people WHERE id = 99");
            assert!(matches!(
                nobody.fetch_one(&pool).await,
                Err(sqlx::Error::RowNotFound)
            ));
        })
        .await;
    };
    work.with_subscriber(subscriber(&capture, super::events()))
        .await;
    assert_eq!(
        capture
            .tree_with(ERRORS)
            .replace(&format!("_{}", super::VERSION), ""),
        "request internal\n  INSERT people client error error.type=23505 db.response.status_code=23505\n  \
         population|otel_auto_sqlx_errors client error error.type=42601 db.response.status_code=42601\n  \
         SELECT nowhere client error error.type=42P01 db.response.status_code=42P01\n  \
         SET statement_timeout client\n  \
         SELECT client error error.type=57014 db.response.status_code=57014\n  \
         SELECT people client\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("hush"));
    assert_conforms(&capture);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let capture = Capture::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("postgres://u:p@{closed}/shop");
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(300))
        .connect_lazy(&url)
        .unwrap()
        .traced()
        .name("shop")
        .providers(capture.providers());
    assert!(sqlx::query("SELECT 1").execute(&pool).await.is_err());
    let span = capture.span("SELECT");
    assert_eq!(span.text("error.type"), "pool_timed_out");
    assert_eq!(span.text("server.port"), closed.port().to_string());
    assert_eq!(span.text("db.namespace"), "shop");
    let timeouts = capture.metric("db.client.connection.timeouts");
    assert_eq!(timeouts[0].number(), 1.0);
    assert_eq!(timeouts[0].get("db.client.connection.pool.name"), "shop");
    assert_eq!(
        capture.metric("db.client.connection.pending_requests")[0].number(),
        0.0
    );
    assert_conforms(&capture);
}

#[tokio::test]
async fn a_connection_that_cannot_be_had_is_told_once() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("postgres://otel@127.0.0.1:{closed}/shop");
    let patience = Duration::from_millis(100);
    let plain = PgPoolOptions::new().acquire_timeout(patience);
    let plain = plain.connect_lazy(&url).unwrap();
    for (begin, transaction_spans) in [("CONNECT shop", false), ("BEGIN", true)] {
        let capture = Capture::builder()
            .settings(move |settings| settings.db.transaction_spans = transaction_spans)
            .build();
        let pool = plain.clone().traced().providers(capture.providers());
        in_span(&capture, async {
            pool.acquire().await.unwrap_err();
            pool.begin().await.unwrap_err();
            pool.execute("SELECT 1").await.unwrap_err();
        })
        .await;
        assert_eq!(
            capture.tree_with(&["error.type"]),
            format!(
                "request internal\n  \
                 CONNECT shop client error error.type=pool_timed_out\n  \
                 {begin} client error error.type=pool_timed_out\n  \
                 SELECT client error error.type=pool_timed_out\n"
            )
        );
        for span in capture.spans() {
            assert!(span.duration >= patience, "{span:?}");
        }
        assert_conforms(&capture);
    }
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_is_an_error() {
    if servers::url("POSTGRES_URL").is_none() {
        return;
    }
    let mut own = OwnServer::postgres().await.unwrap();
    let capture = Capture::new();
    let url = format!("postgres://otel@127.0.0.1:{}/postgres", own.port());
    let plain = PgPoolOptions::new().connect(&url).await.unwrap();
    let pool = plain.traced().providers(capture.providers());
    let asked = tokio::spawn(async move { pool.fetch_all("SELECT pg_sleep(30)").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    own.kill().unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .unwrap();
    assert!(answer.unwrap().is_err());
    let span = capture.span("SELECT");
    // The server may still find the time to say so.
    assert!(
        ["connection_reset", "57P01", "57P02", "io"].contains(&span.text("error.type").as_str()),
        "{span:?}"
    );
    assert!(span.is_error());
    assert!(span.duration < Duration::from_secs(20));
    assert_conforms(&capture);
}

#[tokio::test]
async fn what_is_dropped_ends_once_and_is_no_error() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let pool = people(&url, &capture, "otel_auto_sqlx_dropped").await;
        in_span(&capture, async {
            let slow = sqlx::query("SELECT pg_sleep($1)").bind(0.5);
            let waited = tokio::time::timeout(Duration::from_millis(50), slow.execute(&pool));
            assert!(waited.await.is_err());
            let mut rows = sqlx::query("SELECT name FROM people").fetch(&pool);
            assert!(rows.try_next().await.unwrap().is_some());
            assert!(rows.try_next().await.unwrap().is_some());
            drop(rows);
            // There is one connection, and it is out.
            let connection = pool.acquire().await.unwrap();
            let waiting = tokio::time::timeout(Duration::from_millis(50), generic(&pool));
            assert!(waiting.await.is_err());
            drop(connection);

            let mut transaction = pool.begin().await.unwrap();
            transaction.execute("DELETE FROM people").await.unwrap();
            drop(transaction);
            assert_eq!(generic(&pool).await, 3);
        })
        .await;
        assert_eq!(
            capture.metric("db.client.connection.pending_requests")[0].number(),
            0.0
        );
    };
    work.with_subscriber(subscriber(&capture, super::events()))
        .await;
    assert_eq!(
        capture.tree_with(ROWS),
        "request internal\n  SELECT client db.response.returned_rows=0\n  \
         SELECT people client db.response.returned_rows=2\n  \
         SELECT people client\n  \
         DELETE people client db.response.returned_rows=0\n  \
         SELECT people client db.response.returned_rows=1\n"
    );
    assert_conforms(&capture);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_queries_belong_to_who_asked() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Arc::new(Capture::new());
    let plain = PgPoolOptions::new()
        .max_connections(3)
        .connect(&url)
        .await
        .unwrap();
    let pool = plain.traced().name("three").providers(capture.providers());
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (pool, capture_) = (pool.clone(), Arc::clone(&capture));
            let asked = async move {
                let same = sqlx::query_scalar("SELECT $1::int4").bind(number);
                let answer: i32 = same.fetch_one(&pool).await.unwrap();
                assert_eq!(answer, number);
            };
            tokio::spawn(async move { in_span(&capture_, asked).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let spans = capture.spans();
    let roots: Vec<_> = spans.iter().filter(|span| span.name == "request").collect();
    assert_eq!(roots.len(), 20);
    for root in roots {
        let below: Vec<_> = spans
            .iter()
            .filter(|span| span.parent == root.span_id)
            .collect();
        assert_eq!(below.len(), 1);
        assert_eq!(below[0].name, "SELECT");
    }
    let metric = |name: &str| capture.metric(&format!("db.client.connection.{name}"));
    assert_eq!(metric("wait_time")[0].number(), 20.0);
    assert_eq!(metric("use_time")[0].number(), 20.0);
    assert_eq!(metric("max")[0].number(), 3.0);
    assert_eq!(metric("idle.max")[0].number(), 3.0);
    assert_eq!(metric("idle.min")[0].number(), 0.0);
    assert_eq!(metric("pending_requests")[0].number(), 0.0);
    let count: f64 = metric("count").iter().map(|point| point.number()).sum();
    assert!((1.0..=3.0).contains(&count), "{count}");
    assert_conforms(&capture);
    drop(pool);
    assert_eq!(metric("count").len(), 0);
}

#[tokio::test]
async fn transactions_are_spans_if_that_is_wanted() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let capture = Capture::builder()
        .settings(|settings| settings.db.transaction_spans = true)
        .build();
    let work = async {
        let pool = people(&url, &capture, "otel_auto_sqlx_transactions").await;
        in_span(&capture, async {
            let mut transaction = pool.begin().await.unwrap();
            let inner = transaction.begin().await.unwrap();
            inner.rollback().await.unwrap();
            transaction.execute("DELETE FROM people").await.unwrap();
            transaction.commit().await.unwrap();
            let plain = sqlx::PgPool::begin(&pool).await.unwrap();
            plain.rollback().await.unwrap();
        })
        .await;
    };
    work.with_subscriber(subscriber(&capture, super::events()))
        .await;
    assert_eq!(
        capture.tree(),
        "request internal\n  BEGIN client\n  SAVEPOINT client\n  ROLLBACK client\n  DELETE people client\n  \
         COMMIT client\n  ROLLBACK client\n"
    );
}

#[tokio::test]
async fn without_telemetry_everything_works() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let plain = PgPoolOptions::new()
        .max_connections(1)
        .connect(&url)
        .await
        .unwrap();
    let pool = PgPool::from(plain);
    let mut transaction = pool.begin().await.unwrap();
    let one: i32 = sqlx::query_scalar("SELECT $1")
        .bind(1)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let two = sqlx::query("SELECT 2").fetch_all(&pool).await.unwrap();
    assert_eq!((one, two.len()), (1, 1));
}
