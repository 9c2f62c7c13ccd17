//! Against a real server, in the style of the library's own documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{pin::pin, time::Duration};

use futures_util::TryStreamExt;
use otel_auto_testing::Capture;
use otel_auto_tokio_postgres::{GenericClient, Traced};
use support::{below_a_caller, config, connect, plain};
use tokio_postgres::{
    Error, SimpleQueryMessage,
    types::{ToSql, Type},
};

const KEYS: &[&str] = &[
    "db.query.text",
    "db.response.returned_rows",
    "db.response.status_code",
    "error.type",
];

#[tokio::test]
async fn calls_work_unchanged_and_are_children_of_the_callers_span() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    below_a_caller(&capture, async {
        client
            .batch_execute("CREATE TEMPORARY TABLE person (id INT PRIMARY KEY, name TEXT NOT NULL)")
            .await
            .unwrap();
        for (id, name) in [(1, "Ann"), (2, "Bob")] {
            let changed = client
                .execute("INSERT INTO person VALUES ($1, $2)", &[&id, &name])
                .await
                .unwrap();
            assert_eq!(changed, 1);
        }
        let rows = client
            .query("SELECT id, name FROM person ORDER BY id", &[])
            .await
            .unwrap();
        assert_eq!(rows[1].get::<_, &str>("name"), "Bob");
        let by_id = client
            .prepare("SELECT name FROM person WHERE id = $1")
            .await
            .unwrap();
        assert_eq!(by_id.params(), &[Type::INT4]);
        let row = client.query_one(&by_id, &[&1]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "Ann");
        assert!(client.query_opt(&by_id, &[&3]).await.unwrap().is_none());
        let count: i64 = client
            .query_one_scalar("SELECT count(*) FROM person", &[])
            .await
            .unwrap();
        assert_eq!(count, 2);
        let messages = client
            .simple_query("SELECT name FROM person WHERE name = 'Ann'")
            .await
            .unwrap();
        assert!(
            messages
                .iter()
                .any(|message| matches!(message, SimpleQueryMessage::Row(_)))
        );
    })
    .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "caller internal\n\
         \x20 CREATE TABLE person client db.query.text=CREATE TEMPORARY TABLE person (id INT PRIMARY KEY, name TEXT NOT NULL)\n\
         \x20 INSERT person client db.query.text=INSERT INTO person VALUES ($1, $2)\n\
         \x20 INSERT person client db.query.text=INSERT INTO person VALUES ($1, $2)\n\
         \x20 SELECT person client db.query.text=SELECT id, name FROM person ORDER BY id db.response.returned_rows=2\n\
         \x20 PREPARE population client db.query.text=SELECT name FROM person WHERE id = $1\n\
         \x20 SELECT person client db.query.text=SELECT name FROM person WHERE id = $1 db.response.returned_rows=1\n\
         \x20 SELECT person client db.query.text=SELECT name FROM person WHERE id = $1 db.response.returned_rows=0\n\
         \x20 SELECT person client db.query.text=SELECT count(*) FROM person db.response.returned_rows=1\n\
         \x20 SELECT person client db.query.text=SELECT name FROM person WHERE name = ? db.response.returned_rows=1\n"
    );
}

#[tokio::test]
async fn a_span_names_server_and_database_and_no_password() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    capture
        .scope(client.query("SELECT 'a secret', 4711", &[]))
        .await
        .unwrap();
    let span = &capture.spans()[0];
    assert_eq!(span.name, "SELECT");
    assert_eq!(span.text("db.system.name"), "postgresql");
    assert_eq!(span.text("db.namespace"), config.get_dbname().unwrap());
    assert_eq!(span.text("server.address"), "127.0.0.1");
    assert_eq!(span.text("server.port"), config.get_ports()[0].to_string());
    let point = &capture.metric("db.client.operation.duration")[0];
    assert_eq!(point.get("db.query.summary"), "SELECT");
    let everything = format!("{:?} {:?}", capture.spans(), capture.metrics());
    for secret in ["a secret", "4711", "not-for-telemetry"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}

#[tokio::test]
async fn errors_say_the_servers_code_and_nothing_of_the_values() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    below_a_caller(&capture, async {
        client
            .batch_execute("CREATE TEMPORARY TABLE account (mail TEXT UNIQUE)")
            .await
            .unwrap();
        let insert = "INSERT INTO account VALUES ($1)";
        client.execute(insert, &[&"ann@example.com"]).await.unwrap();
        let error = client
            .execute(insert, &[&"ann@example.com"])
            .await
            .unwrap_err();
        assert!(error.as_db_error().is_some());
        client.query("SELEC 1", &[]).await.unwrap_err();
        client
            .query("SELECT * FROM nowhere", &[])
            .await
            .unwrap_err();
        client
            .batch_execute("SET statement_timeout = '50ms'")
            .await
            .unwrap();
        client.query("SELECT pg_sleep(5)", &[]).await.unwrap_err();
        client
            .query_one("SELECT mail FROM account WHERE false", &[])
            .await
            .unwrap_err();
        client
            .batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")
            .await
            .unwrap_err();
        client.query("SELECT 1", &[]).await.unwrap_err();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.response.status_code", "error.type"]),
        "caller internal\n\
         \x20 CREATE TABLE account client\n\
         \x20 INSERT account client\n\
         \x20 INSERT account client error db.response.status_code=23505 error.type=23505\n\
         \x20 population client error db.response.status_code=42601 error.type=42601\n\
         \x20 SELECT nowhere client error db.response.status_code=42P01 error.type=42P01\n\
         \x20 SET statement_timeout client\n\
         \x20 SELECT client error db.response.status_code=57014 error.type=57014\n\
         \x20 SELECT account client\n\
         \x20 SELECT client error db.response.status_code=57P01 error.type=57P01\n\
         \x20 SELECT client error error.type=connection_closed\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("ann@example.com"));
}

#[tokio::test]
async fn a_call_that_is_dropped_ends_its_span() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    capture
        .scope(async {
            let call = client.query("SELECT pg_sleep(10)", &[]);
            tokio::time::timeout(Duration::from_millis(100), call)
                .await
                .unwrap_err();
        })
        .await;
    let span = capture.span("SELECT");
    assert!(!span.is_error());
    assert!(capture.metric("db.client.operation.duration")[0].sum() < 5.0);
}

#[tokio::test]
async fn a_stream_of_rows_ends_its_span_with_the_last_row_or_when_it_is_dropped() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    below_a_caller(&capture, async {
        let query = "SELECT generate_series(1, $1)";
        {
            let rows = client.query_raw(query, [1000]).await.unwrap();
            let mut rows = pin!(rows);
            for _ in 0..3 {
                rows.try_next().await.unwrap().unwrap();
            }
            assert!(capture.spans().is_empty(), "not before it is dropped");
        }
        assert_eq!(capture.spans().len(), 1);
        let rows = client.query_raw(query, [5]).await.unwrap();
        let rows: Vec<_> = rows.try_collect().await.unwrap();
        assert_eq!(rows.len(), 5);
        let failing = "SELECT 1 / (3 - generate_series(1, $1))";
        let rows = client.query_raw(failing, [5]).await.unwrap();
        rows.try_collect::<Vec<_>>().await.unwrap_err();
    })
    .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "caller internal\n\
         \x20 SELECT client db.query.text=SELECT generate_series(?, $1) db.response.returned_rows=3\n\
         \x20 SELECT client db.query.text=SELECT generate_series(?, $1) db.response.returned_rows=5\n\
         \x20 SELECT client error db.query.text=SELECT ? / (? - generate_series(?, $1)) db.response.returned_rows=2 db.response.status_code=22012 error.type=22012\n"
    );
}

#[tokio::test]
async fn streams_of_portals_and_of_simple_queries_are_recorded_too() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let mut client = connect(&config).await;
    below_a_caller(&capture, async {
        let messages = client.simple_query_raw("SELECT 1; SELECT 2").await.unwrap();
        let messages: Vec<_> = messages.try_collect().await.unwrap();
        assert!(messages.len() > 2);
        let messages = client.simple_query_raw("SELECT 1 / 0").await.unwrap();
        messages.try_collect::<Vec<_>>().await.unwrap_err();
        let transaction = client.transaction().await.unwrap();
        let portal = transaction
            .bind_raw("SELECT generate_series(1, $1)", [5])
            .await
            .unwrap();
        let rows = transaction.query_portal_raw(&portal, 3).await.unwrap();
        let rows: Vec<_> = rows.try_collect().await.unwrap();
        assert_eq!(rows.len(), 3);
    })
    .await;
    assert_eq!(
        capture
            .tree_with(KEYS)
            .replace(config.get_dbname().unwrap(), "DATABASE"),
        "caller internal\n\
         \x20 SELECT SELECT client db.query.text=SELECT ?; SELECT ? db.response.returned_rows=2\n\
         \x20 SELECT client error db.query.text=SELECT ? / ? db.response.returned_rows=0 db.response.status_code=22012 error.type=22012\n\
         \x20 SELECT client db.query.text=SELECT generate_series(?, $1)\n\
         \x20 DATABASE client db.response.returned_rows=3\n"
    );
}

#[tokio::test]
async fn a_statement_is_prepared_with_its_literals_if_the_settings_say_so() {
    let Some(config) = config() else { return };
    let shown = Capture::builder().settings(|settings| settings.db.sanitize = false);
    for (capture, text) in [
        (Capture::new(), "SELECT ? + $1"),
        (shown.build(), "SELECT 41 + $1"),
    ] {
        let client = connect(&config).await;
        let statement = client.prepare("SELECT 41 + $1");
        capture.scope(statement).await.unwrap();
        let span = &capture.spans()[0];
        assert_eq!(span.text("db.query.text"), text);
        assert_eq!(span.text("db.operation.name"), "PREPARE");
        assert_eq!(span.text("db.query.summary"), "");
    }
}

/// All that the library's trait has, but `client`.
async fn whatever_it_is(client: &mut impl GenericClient) -> Result<(), Error> {
    let sql = "SELECT generate_series(1, $1)";
    let one: &[(&(dyn ToSql + Sync), Type)] = &[(&1_i32, Type::INT4)];
    let statement = client.prepare_typed(sql, &[Type::INT4]).await?;
    client.query(&statement, &[&1]).await?;
    client.query_one(&statement, &[&1]).await?;
    client.query_opt(&statement, &[&1]).await?;
    client.execute(&statement, &[&1]).await?;
    client.execute_raw(&statement, [1]).await?;
    client.execute_typed(sql, one).await?;
    let rows = client.query_raw(&statement, [1]).await?;
    rows.try_collect::<Vec<_>>().await?;
    client.query_typed(sql, one).await?;
    client.query_typed_one(sql, one).await?;
    client.query_typed_opt(sql, one).await?;
    let rows = client.query_typed_raw(sql, [(1, Type::INT4)]).await?;
    rows.try_collect::<Vec<_>>().await?;
    client.simple_query("SELECT 1").await?;
    client.batch_execute("SELECT 1").await?;
    client.transaction().await?.commit().await
}

#[tokio::test]
async fn a_function_may_take_a_client_or_a_transaction() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let mut client = connect(&config).await;
    capture
        .scope(async {
            whatever_it_is(&mut client).await.unwrap();
            let mut transaction = client.transaction().await.unwrap();
            whatever_it_is(&mut transaction).await.unwrap();
        })
        .await;
    assert_eq!(capture.spans().len(), 2 * 14);
    let task = async move { whatever_it_is(&mut client).await };
    tokio::spawn(task).await.unwrap().unwrap();
}

async fn rename(client: &impl GenericClient, id: i32, name: &str) -> Result<u64, Error> {
    let update = "UPDATE member SET name = $2 WHERE id = $1";
    client.execute(update, &[&id, &name]).await
}

/// Takes the library's own type, as functions do that were there before.
async fn members(client: &tokio_postgres::Client) -> Result<i64, Error> {
    client
        .query_one_scalar("SELECT count(*) FROM member", &[])
        .await
}

#[tokio::test]
async fn transactions_work_unchanged() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let mut client = connect(&config).await;
    below_a_caller(&capture, async {
        client
            .batch_execute("CREATE TEMPORARY TABLE member (id INT, name TEXT)")
            .await
            .unwrap();
        let transaction = client.transaction().await.unwrap();
        transaction
            .execute("INSERT INTO member VALUES (1, 'Ann')", &[])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        {
            let mut transaction = client
                .build_transaction()
                .read_only(false)
                .start()
                .await
                .unwrap();
            assert_eq!(rename(&transaction, 1, "Eve").await.unwrap(), 1);
            let savepoint = transaction.transaction().await.unwrap();
            assert_eq!(rename(&savepoint, 1, "Joe").await.unwrap(), 1);
            savepoint.rollback().await.unwrap();
            // Rolled back by drop.
        }
        assert_eq!(members(&client).await.unwrap(), 1, "not recorded");
        let row = client
            .query_one("SELECT name FROM member", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "Ann");
        assert_eq!(rename(&client, 1, "Zoe").await.unwrap(), 1);
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.query.text"]),
        "caller internal\n\
         \x20 CREATE TABLE member client db.query.text=CREATE TEMPORARY TABLE member (id INT, name TEXT)\n\
         \x20 INSERT member client db.query.text=INSERT INTO member VALUES (?, ?)\n\
         \x20 UPDATE member client db.query.text=UPDATE member SET name = $2 WHERE id = $1\n\
         \x20 UPDATE member client db.query.text=UPDATE member SET name = $2 WHERE id = $1\n\
         \x20 SELECT member client db.query.text=SELECT name FROM member\n\
         \x20 UPDATE member client db.query.text=UPDATE member SET name = $2 WHERE id = $1\n"
    );
}

#[tokio::test]
async fn what_the_settings_ask_for_is_recorded_and_nothing_else() {
    let Some(config) = config() else { return };
    let capture = Capture::builder()
        .settings(|settings| {
            settings.db.capture_parameters = true;
            settings.db.transaction_spans = true;
            settings.db.sqlcommenter = true;
        })
        .build();
    let mut client = connect(&config).await;
    below_a_caller(&capture, async {
        let mut transaction = client.transaction().await.unwrap();
        transaction
            .query_one("SELECT $1, $2", &[&"Ann", &"Bob"])
            .await
            .unwrap();
        let shown = transaction
            .simple_query("SELECT current_query()")
            .await
            .unwrap();
        let SimpleQueryMessage::Row(row) = &shown[1] else {
            panic!("{shown:?}")
        };
        let trace_id = capture.spans()[0].data.span_context.trace_id().to_string();
        let query = row.get(0).unwrap();
        assert!(query.contains(&trace_id), "{query}");
        transaction
            .transaction()
            .await
            .unwrap()
            .rollback()
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
    assert_eq!(
        capture.tree_with(&["db.query.parameter.0", "db.query.parameter.1"]),
        "caller internal\n\
         \x20 BEGIN client\n\
         \x20 SELECT client db.query.parameter.0=\"Ann\" db.query.parameter.1=\"Bob\"\n\
         \x20 SELECT client\n\
         \x20 SAVEPOINT client\n\
         \x20 ROLLBACK client\n\
         \x20 COMMIT client\n"
    );
}

#[tokio::test]
async fn a_plain_statement_is_called_by_its_database() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    let statement = tokio_postgres::Client::prepare(&client, "SELECT 1")
        .await
        .unwrap();
    capture.scope(client.query(&statement, &[])).await.unwrap();
    assert_eq!(capture.spans()[0].name, config.get_dbname().unwrap());
}

#[tokio::test]
async fn without_telemetry_nothing_changes() {
    let Some(config) = config() else { return };
    let client = plain(&config).await.traced(&config);
    let one: i32 = client.query_one_scalar("SELECT 1", &[]).await.unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn a_stream_that_is_dropped_before_it_is_there_ends_its_span() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    // Holds the connection up, so that the answer to the next call has to wait.
    let busy = client.query("SELECT pg_sleep(1)", &[]);
    capture
        .scope(async {
            let stream = client.query_raw("SELECT generate_series(1, $1)", [5]);
            let both = futures_util::future::join(busy, stream);
            let both = tokio::time::timeout(Duration::from_millis(100), both);
            assert!(both.await.is_err());
        })
        .await;
    assert_eq!(capture.spans().len(), 2);
    assert!(capture.spans().iter().all(|span| !span.is_error()));
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points.iter().map(|point| point.number()).sum::<f64>(), 2.0);
}

#[tokio::test]
async fn a_stream_may_be_read_by_another_task() {
    let Some(config) = config() else { return };
    let capture = Capture::new();
    let client = connect(&config).await;
    let rows = below_a_caller(&capture, async {
        client
            .query_raw("SELECT generate_series(1, $1)", [5])
            .await
            .unwrap()
    })
    .await;
    let read = tokio::spawn(async move { rows.try_collect::<Vec<_>>().await });
    assert_eq!(read.await.unwrap().unwrap().len(), 5);
    let caller = capture.span("caller");
    let query = capture.span("SELECT");
    assert_eq!(query.parent, caller.span_id);
    assert_eq!(query.text("db.response.returned_rows"), "5");
}

#[allow(dead_code, reason = "it compiles, or it does not")]
fn every_future_can_be_sent(client: &'static mut otel_auto_tokio_postgres::Client) {
    fn sent<T: Send>(_: &T) {}
    sent(&client.prepare("SELECT 1"));
    sent(&client.query("SELECT 1", &[]));
    sent(&client.query_one("SELECT 1", &[]));
    sent(&client.query_opt("SELECT 1", &[]));
    sent(&client.query_scalar::<i32, _>("SELECT 1", &[]));
    sent(&client.query_raw::<_, i32, _>("SELECT 1", []));
    sent(&client.query_typed("SELECT 1", &[]));
    sent(&client.query_typed_raw::<i32, _>("SELECT 1", []));
    sent(&client.execute("SELECT 1", &[]));
    sent(&client.execute_raw::<_, i32, _>("SELECT 1", []));
    sent(&client.copy_in::<_, std::io::Cursor<Vec<u8>>>("SELECT 1"));
    sent(&client.copy_out("SELECT 1"));
    sent(&client.simple_query("SELECT 1"));
    sent(&client.simple_query_raw("SELECT 1"));
    sent(&client.batch_execute("SELECT 1"));
    sent(&client.transaction());
}
