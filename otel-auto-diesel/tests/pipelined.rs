//! Queries of diesel-async that share a connection to PostgreSQL: `scripts/services run -- cargo test -p otel-auto-diesel`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use diesel::sql_query;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::{
    FutureExt as _,
    future::{join, join_all},
};
use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_testing::{Capture, servers};
use tokio_postgres::NoTls;

const KEYS: &[&str] = &["db.query.text", "error.type"];

async fn connection() -> Option<AsyncPgConnection> {
    let url = servers::url("POSTGRES_URL")?;
    assert!(otel_auto_diesel::install());
    Some(AsyncPgConnection::establish(&url).await.unwrap())
}

async fn below(name: &'static str, capture: &Capture, inside: impl Future<Output = ()>) {
    let span = capture.tracer("test").start(name);
    let context = capture.context().with_span(span);
    inside.with_context(context.clone()).await;
    context.span().end();
}

#[tokio::test]
async fn queries_that_are_pipelined_end_each_with_its_own_result() {
    let Some(connection) = connection().await else {
        return;
    };
    let capture = Capture::new();
    below("caller", &capture, async {
        let (first, second) = join(
            sql_query("SELECT 1 FROM nowhere").execute(&mut &connection),
            sql_query("SELECT pg_sleep(0)").execute(&mut &connection),
        )
        .await;
        first.unwrap_err();
        second.unwrap();
    })
    .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "caller internal\n\
         \x20 SELECT nowhere client error db.query.text=SELECT ? FROM nowhere error.type=DatabaseError\n\
         \x20 SELECT client db.query.text=SELECT pg_sleep(?)\n"
    );
}

#[tokio::test]
async fn pipelined_queries_with_the_same_text_end_in_their_order() {
    let Some(connection) = connection().await else {
        return;
    };
    let capture = Capture::new();
    below("caller", &capture, async {
        let queries = (0..40).map(|_| async {
            let query = sql_query("SELECT pg_sleep(0.002)");
            query.execute(&mut &connection).await.unwrap();
        });
        join_all(queries).await;
    })
    .await;
    let spans = capture.spans();
    let mut queries: Vec<_> = spans.iter().filter(|span| span.name == "SELECT").collect();
    assert_eq!(queries.len(), 40, "{}", capture.tree());
    assert!(!capture.tree_with(KEYS).contains("error"));
    queries.sort_by_key(|span| span.data.start_time);
    assert!(queries.is_sorted_by_key(|span| span.data.end_time));
    assert!(queries[39].data.start_time <= queries[0].data.end_time);
}

#[tokio::test]
async fn a_dropped_query_takes_no_result_of_another_and_ends_soon() {
    let Some(mut connection) = connection().await else {
        return;
    };
    let capture = Capture::new();
    below("dropped", &capture, async {
        let query = sql_query("SELECT pg_sleep(0.05)").execute(&mut connection);
        let timeout = tokio::time::timeout(Duration::from_millis(5), query);
        timeout.await.unwrap_err();
    })
    .await;
    below("next", &capture, async {
        let query = sql_query("SELECT pg_sleep(0.05)");
        query.execute(&mut connection).await.unwrap();
        assert_eq!(capture.spans().len(), 2, "the dropped one is not ended yet");
        let query = sql_query("SELECT 1").execute(&mut connection);
        assert_eq!(capture.spans().len(), 3, "it has been overtaken");
        query.await.unwrap();
    })
    .await;
    assert_eq!(
        capture.tree(),
        "dropped internal\n\
         \x20 SELECT client\n\
         next internal\n\
         \x20 SELECT client\n\
         \x20 SELECT client\n"
    );
}

#[tokio::test]
async fn queries_that_are_dropped_again_and_again_do_not_pile_up() {
    let Some(connection) = connection().await else {
        return;
    };
    let capture = Capture::new();
    below("caller", &capture, async {
        for _ in 0..1000 {
            let query = sql_query("SELECT pg_sleep(0)").execute(&mut &connection);
            assert!(query.now_or_never().is_none());
        }
    })
    .await;
    assert!(capture.spans().len() > 800);
}

#[tokio::test]
async fn a_connection_of_a_client_that_exists_is_told_where_it_leads() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    assert!(otel_auto_diesel::install());
    let (client, driver) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(driver);
    let mut connection = AsyncPgConnection::try_from(client).await.unwrap();
    let capture = Capture::new();
    below("caller", &capture, async {
        let query = || sql_query("SELECT 1");
        query().execute(&mut connection).await.unwrap();
        connection.set_instrumentation(otel_auto_diesel::Queries::to(&url));
        query().execute(&mut connection).await.unwrap();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.system.name", "db.namespace"]),
        "caller internal\n\
         \x20 SELECT client db.system.name=other_sql\n\
         \x20 SELECT client db.system.name=postgresql db.namespace=population\n"
    );
}
