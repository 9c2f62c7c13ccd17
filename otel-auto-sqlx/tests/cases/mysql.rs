use std::time::Duration;

use futures_util::TryStreamExt;
use otel_auto_testing::{
    Capture,
    servers::{self, OwnServer},
};
use tracing::instrument::WithSubscriber;

use super::{
    common::{assert_conforms, in_span, subscriber},
    lib::{self as sqlx, Executor, MySql, MySqlConnection, Transaction, mysql::MySqlPoolOptions},
    ours::{MySqlPool, PoolExt},
};

const KEYS: &[&str] = &["db.response.returned_rows", "error.type"];

async fn connected(url: &str, capture: &Capture) -> MySqlPool {
    let options = MySqlPoolOptions::new().max_connections(1);
    let plain = options.connect(url).await.unwrap();
    plain
        .traced()
        .system("mariadb")
        .providers(capture.providers())
}

async fn plain_connection(connection: &mut MySqlConnection) {
    sqlx::query("SELECT ? AS c")
        .bind(1)
        .execute(connection)
        .await
        .unwrap();
}

async fn plain_transaction(transaction: &mut Transaction<'_, MySql>) {
    sqlx::query("SELECT ? AS t")
        .bind(1)
        .execute(&mut **transaction)
        .await
        .unwrap();
}

#[tokio::test]
async fn every_query_is_one_span_and_errors_are_the_vendors_numbers() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let capture = Capture::new();
    let work = async {
        let pool = connected(&url, &capture).await;
        let table = "CREATE TEMPORARY TABLE otel_auto_sqlx (id INT PRIMARY KEY)";
        pool.execute(table).await.unwrap();
        in_span(&capture, async {
            let insert = sqlx::query("INSERT INTO otel_auto_sqlx VALUES (?), (?)")
                .bind(1)
                .bind(2);
            assert_eq!(insert.execute(&pool).await.unwrap().rows_affected(), 2);
            let rows = sqlx::query("SELECT id FROM otel_auto_sqlx")
                .fetch_all(&pool)
                .await
                .unwrap();
            assert_eq!(rows.len(), 2);
            let one = sqlx::query_scalar("SELECT id FROM otel_auto_sqlx WHERE id = ?").bind(2);
            let one: i32 = one.fetch_one(&pool).await.unwrap();
            assert_eq!(one, 2);
            let double = sqlx::query("INSERT INTO otel_auto_sqlx VALUES (?)").bind(1);
            assert!(double.execute(&pool).await.is_err());
            assert!(pool.execute("SELEC 'hush'").await.is_err());
            assert!(
                sqlx::query("SELECT 'hush' FROM nowhere")
                    .execute(&pool)
                    .await
                    .is_err()
            );
            let slow =
                "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20) FROM otel_auto_sqlx";
            assert!(sqlx::query(slow).fetch_all(&pool).await.is_err());
            let mut rows = sqlx::query("SELECT id FROM otel_auto_sqlx").fetch(&pool);
            assert!(rows.try_next().await.unwrap().is_some());
            drop(rows);
            let mut transaction = pool.begin().await.unwrap();
            transaction
                .execute("DELETE FROM otel_auto_sqlx")
                .await
                .unwrap();
            plain_transaction(&mut transaction).await;
            plain_connection(&mut transaction).await;
            transaction.rollback().await.unwrap();
        })
        .await;
    };
    work.with_subscriber(subscriber(&capture, super::events()))
        .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "CREATE TABLE otel_auto_sqlx client db.response.returned_rows=0\n\
         request internal\n  INSERT otel_auto_sqlx client db.response.returned_rows=0\n  \
         SELECT otel_auto_sqlx client db.response.returned_rows=2\n  \
         SELECT otel_auto_sqlx client db.response.returned_rows=1\n  \
         INSERT otel_auto_sqlx client error db.response.returned_rows=0 error.type=1062\n  \
         population client error db.response.returned_rows=0 error.type=1064\n  \
         SELECT nowhere client error db.response.returned_rows=0 error.type=1146\n  \
         SET STATEMENT client error db.response.returned_rows=0 error.type=1969\n  \
         SELECT otel_auto_sqlx client db.response.returned_rows=1\n  \
         DELETE otel_auto_sqlx client db.response.returned_rows=0\n  \
         SELECT client db.response.returned_rows=1\n  \
         SELECT client db.response.returned_rows=1\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("hush"));
    // Where an event came from is certain only while there is no other pool, as other tests have.
    let mut wrapped = capture.spans();
    wrapped.retain(|span| span.text("db.namespace") == "population");
    assert!(wrapped.len() >= 10, "{}", wrapped.len());
    for span in wrapped {
        assert!(["mariadb", "mysql"].contains(&span.text("db.system.name").as_str()));
        assert_eq!(span.text("server.address"), "127.0.0.1");
    }
    assert_conforms(&capture);
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_is_an_error() {
    if servers::url("MYSQL_URL").is_none() {
        return;
    }
    let mut own = OwnServer::mariadb().await.unwrap();
    let capture = Capture::new();
    let pool = connected(&format!("mysql://root@127.0.0.1:{}", own.port()), &capture).await;
    let asked = tokio::spawn(async move { pool.fetch_all("SELECT SLEEP(30)").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    own.kill().unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .unwrap();
    assert!(answer.unwrap().is_err());
    assert_eq!(
        capture.span("SELECT").text("error.type"),
        "connection_reset"
    );
    assert_conforms(&capture);
}
