//! diesel-async against real servers: `scripts/services run -- cargo test -p otel-auto-diesel`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{net::TcpListener, time::Duration};

use diesel::{insert_into, prelude::*, sql_query};
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
};
use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_testing::{Capture, servers};

#[allow(missing_docs, reason = "what diesel makes")]
mod schema {
    diesel::table! {
        otel_auto_posts (id) {
            id -> Integer,
            title -> Text,
        }
    }
}
use schema::otel_auto_posts;

const TABLE: &str =
    "CREATE TEMPORARY TABLE otel_auto_posts (id INT PRIMARY KEY, title VARCHAR(80) NOT NULL)";
const KEYS: &[&str] = &["db.query.text", "db.response.status_code", "error.type"];

macro_rules! program {
    ($connection:expr, $sleep:literal) => {
        async {
            let connection = $connection;
            connection.batch_execute(TABLE).await.unwrap();
            let insert = || {
                insert_into(otel_auto_posts::table).values((
                    otel_auto_posts::id.eq(471_147_114),
                    otel_auto_posts::title.eq("a secret"),
                ))
            };
            insert().execute(connection).await.unwrap();
            let found: Vec<(i32, String)> = otel_auto_posts::table
                .filter(otel_auto_posts::title.eq("a secret"))
                .load(connection)
                .await
                .unwrap();
            assert_eq!(found, [(471_147_114, "a secret".to_owned())]);
            insert().execute(connection).await.unwrap_err();
            sql_query("SELEC 471147114")
                .execute(connection)
                .await
                .unwrap_err();
            sql_query("SELECT 'a secret' FROM nowhere")
                .execute(connection)
                .await
                .unwrap_err();
            sql_query($sleep).execute(connection).await.unwrap_err();
        }
    };
}

async fn recorded(program: impl Future<Output = ()>) -> Capture {
    let capture = Capture::new();
    let span = capture.tracer("test").start("caller");
    let context = capture.context().with_span(span);
    program.with_context(context.clone()).await;
    context.span().end();
    let everything = format!("{:?} {:?}", capture.spans(), capture.metrics());
    for secret in ["a secret", "471147114", "not-for-telemetry"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
    capture
}

#[tokio::test]
async fn postgresql_through_diesel_async() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    assert!(otel_auto_diesel::install());
    let mut connection = AsyncPgConnection::establish(&url).await.unwrap();
    let capture = recorded(program!(
        &mut connection,
        "SELECT pg_terminate_backend(pg_backend_pid())"
    ))
    .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "caller internal\n\
         \x20 CREATE TABLE otel_auto_posts client db.query.text=CREATE TEMPORARY TABLE otel_auto_posts (id INT PRIMARY KEY, title VARCHAR(?) NOT NULL)\n\
         \x20 INSERT \"otel_auto_posts\" client db.query.text=INSERT INTO \"otel_auto_posts\" (\"id\", \"title\") VALUES ($1, $2)\n\
         \x20 SELECT \"otel_auto_posts\" client db.query.text=SELECT \"otel_auto_posts\".\"id\", \"otel_auto_posts\".\"title\" FROM \"otel_auto_posts\" WHERE (\"otel_auto_posts\".\"title\" = $1)\n\
         \x20 INSERT \"otel_auto_posts\" client error db.query.text=INSERT INTO \"otel_auto_posts\" (\"id\", \"title\") VALUES ($1, $2) db.response.status_code=23505 error.type=23505\n\
         \x20 population client error db.query.text=SELEC ? error.type=DatabaseError\n\
         \x20 SELECT nowhere client error db.query.text=SELECT ? FROM nowhere error.type=DatabaseError\n\
         \x20 SELECT client error db.query.text=SELECT pg_terminate_backend(pg_backend_pid()) error.type=DatabaseError\n"
    );
    let span = &capture.spans()[0];
    assert_eq!(span.text("db.system.name"), "postgresql");
    assert_eq!(span.text("server.address"), "127.0.0.1");
    assert_eq!(span.text("db.namespace"), "population");
}

#[tokio::test]
async fn mysql_through_diesel_async() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    assert!(otel_auto_diesel::install());
    let mut connection = AsyncMysqlConnection::establish(&url).await.unwrap();
    let capture = recorded(program!(&mut connection, "KILL CONNECTION_ID()")).await;
    assert_eq!(
        capture.tree_with(KEYS),
        "caller internal\n\
         \x20 CREATE TABLE otel_auto_posts client db.query.text=CREATE TEMPORARY TABLE otel_auto_posts (id INT PRIMARY KEY, title VARCHAR(?) NOT NULL)\n\
         \x20 INSERT `otel_auto_posts` client db.query.text=INSERT INTO `otel_auto_posts` (`id`, `title`) VALUES (?, ?)\n\
         \x20 SELECT `otel_auto_posts` client db.query.text=SELECT `otel_auto_posts`.`id`, `otel_auto_posts`.`title` FROM `otel_auto_posts` WHERE (`otel_auto_posts`.`title` = ?)\n\
         \x20 INSERT `otel_auto_posts` client error db.query.text=INSERT INTO `otel_auto_posts` (`id`, `title`) VALUES (?, ?) error.type=UniqueViolation\n\
         \x20 population client error db.query.text=SELEC ? error.type=DatabaseError\n\
         \x20 SELECT nowhere client error db.query.text=SELECT ? FROM nowhere error.type=DatabaseError\n\
         \x20 KILL client error db.query.text=KILL CONNECTION_ID() error.type=DatabaseError\n"
    );
    let span = &capture.spans()[0];
    assert_eq!(span.text("db.system.name"), "mysql");
}

#[tokio::test]
async fn a_query_that_was_dropped_ends_when_the_next_one_starts() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    assert!(otel_auto_diesel::install());
    let mut connection = AsyncMysqlConnection::establish(&url).await.unwrap();
    let capture = recorded(async {
        let query = sql_query("SELECT SLEEP(0.05)").execute(&mut connection);
        let timeout = tokio::time::timeout(Duration::from_millis(5), query);
        timeout.await.unwrap_err();
        sql_query("SELEC 1")
            .execute(&mut connection)
            .await
            .unwrap_err();
    })
    .await;
    let spans = capture.spans();
    let [dropped, next] = ["SELECT", "population"].map(|name| {
        let found = spans.iter().find(|span| span.name == name);
        &found.unwrap().data
    });
    assert!(dropped.end_time <= next.start_time);
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "caller internal\n\
         \x20 SELECT client\n\
         \x20 population client error error.type=DatabaseError\n"
    );
}

#[tokio::test]
async fn a_server_that_refuses_is_told() {
    assert!(otel_auto_diesel::install());
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("mysql://ann:not-for-telemetry@127.0.0.1:{port}/shop");
    let capture = recorded(async {
        AsyncMysqlConnection::establish(&url).await.err().unwrap();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "caller internal\n\
         \x20 CONNECT shop client error error.type=ConnectionError\n"
    );
}
