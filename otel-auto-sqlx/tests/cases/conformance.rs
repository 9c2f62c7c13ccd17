//! The suite of database clients, on wrapped pools.

use std::time::Duration;

use futures_util::{TryStreamExt, future::join};
use otel_auto_testing::{
    Capture,
    conformance::db::{Case, Suite},
    servers::{self, OwnServer},
};

use super::{
    lib::{self as sqlx, Executor, mysql::MySqlPoolOptions, postgres::PgPoolOptions},
    ours::PoolExt,
};

/// A loopback port that nobody listens on.
fn closed() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

macro_rules! conforms {
    (
        $system:literal, $options:ident, $url:expr, $own:expr, $own_url:literal,
        $sleep:literal, [$($before:literal)?] $slow:literal, $slow_names:expr
    ) => {{
        let plain = $options::new().max_connections(1).connect($url).await.unwrap();
        plain
            .execute("CREATE TEMPORARY TABLE kit (id INT PRIMARY KEY, name VARCHAR(9))")
            .await
            .unwrap();
        let wrapped = |capture: &Capture| {
            let pool = plain.clone().traced().system($system);
            pool.providers(capture.providers())
        };
        let mut suite = Suite::new($system).opted_in(&["db.response.returned_rows"]);
        for (case, names, sql) in [
            (Case::Success, ["INSERT kit"], "INSERT INTO kit VALUES (1, 'hush')"),
            (Case::Rows(1), ["SELECT kit"], "SELECT id FROM kit WHERE name = 'hush'"),
            (Case::Constraint, ["INSERT kit"], "INSERT INTO kit VALUES (1, 'hush')"),
            (Case::MissingTable, ["SELECT nowhere"], "SELECT 'hush' FROM nowhere"),
        ] {
            suite
                .run(case, &names, async |capture| wrapped(capture).fetch_all(sql).await.map(drop))
                .await;
        }
        suite
            .run(Case::Syntax, &["population"], async |capture| {
                wrapped(capture).execute("SELEC 'hush'").await.map(drop)
            })
            .await;
        suite
            .run(Case::Timeout, &$slow_names, async |capture| {
                let mut transaction = wrapped(capture).begin().await?;
                $(transaction.execute($before).await?;)?
                transaction.fetch_all($slow).await.map(drop)
            })
            .await;
        suite
            .run(Case::Cancelled, &["SELECT"], async |capture| {
                let pool = wrapped(capture);
                let slow = tokio::time::timeout(Duration::from_millis(100), pool.execute($sleep));
                assert!(slow.await.is_err());
                Ok::<(), sqlx::Error>(())
            })
            .await;
        suite
            .run(Case::StreamDropped, &["SELECT kit"], async |capture| {
                wrapped(capture).fetch("SELECT id FROM kit").try_next().await.map(drop)
            })
            .await;
        suite
            .run(Case::RolledBack, &["DELETE kit"], async |capture| {
                let mut transaction = wrapped(capture).begin().await?;
                let delete = "DELETE FROM kit WHERE name = 'hush'";
                transaction.execute(delete).await.map(drop)
            })
            .await;
        suite.leave_out(Case::Batch(2).name(), "batches");

        let mut own = $own.await.unwrap();
        let url = format!($own_url, own.port());
        let pool = $options::new().connect(&url).await.unwrap().traced().system($system);
        suite
            .run(Case::Killed, &["SELECT"], async |capture| {
                let pool = pool.providers(capture.providers());
                let killed = async {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    own.kill().unwrap();
                };
                join(pool.execute($sleep), killed).await.0.map(drop)
            })
            .await;
        let url = format!($own_url, closed());
        suite
            .run(Case::Refused, &["SELECT"], async |capture| {
                let patience = Duration::from_millis(300);
                let pool = $options::new().acquire_timeout(patience).connect_lazy(&url)?;
                let pool = pool.traced().system($system).providers(capture.providers());
                pool.execute("SELECT 'hush'").await.map(drop)
            })
            .await;
        suite.report().assert_conforms();
    }};
}

#[tokio::test]
async fn postgresql_conforms() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    conforms!(
        "postgresql",
        PgPoolOptions,
        &url,
        OwnServer::postgres(),
        "postgres://otel@127.0.0.1:{}/postgres",
        "SELECT pg_sleep(2), 'hush'",
        ["SET LOCAL statement_timeout = 50"] "SELECT pg_sleep(20), 'hush'",
        ["SET statement_timeout", "SELECT"]
    );
}

#[tokio::test]
async fn mariadb_conforms() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    conforms!(
        "mariadb",
        MySqlPoolOptions,
        &url,
        OwnServer::mariadb(),
        "mysql://root@127.0.0.1:{}",
        "SELECT SLEEP(2), 'hush'",
        [] "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20), 'hush' FROM kit",
        ["SET STATEMENT"]
    );
}
