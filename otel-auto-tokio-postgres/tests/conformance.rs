//! The suite of database clients, in the style of the libraries' own documentation.
#![cfg(feature = "deadpool")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{net::TcpListener, pin::pin, time::Duration};

use deadpool_postgres::{Manager, Pool};
use futures_util::{TryStreamExt, future::join};
use otel_auto_testing::{
    conformance::db::{Case, SECRET, Suite},
    servers::OwnServer,
};
use otel_auto_tokio_postgres::TracedPool;
use support::{config, connect};
use tokio_postgres::{Config, Error, NoTls};

const TABLE: &str = "CREATE TEMPORARY TABLE kit (id INT PRIMARY KEY, name TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO kit (id, name) VALUES ($1, $2)";
const SLEEP: &str = "SELECT pg_sleep(20), 'hush'";

/// A loopback port that nobody listens on.
fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The server at this port, with a password that may not be told.
fn at(port: u16) -> Config {
    let url = format!("postgres://otel:{SECRET}@127.0.0.1:{port}/postgres");
    url.parse().unwrap()
}

/// Queries that take longer than this are ended by the server.
fn impatient(config: &Config) -> Config {
    let mut config = config.clone();
    config.options("-c statement_timeout=50");
    config
}

fn suite(config: &Config) -> Suite {
    Suite::new("postgresql")
        .namespace(config.get_dbname().unwrap())
        .server("127.0.0.1", config.get_ports()[0])
        .opted_in(&["db.response.returned_rows"])
}

/// What any client does, be it a pool's or not.
macro_rules! calls {
    ($suite:ident, $client:ident) => {
        $client.batch_execute(TABLE).await.unwrap();
        $suite
            .run(Case::Success, &["INSERT kit"], async |_| {
                let inserted = $client.execute(INSERT, &[&1_i32, &SECRET]).await?;
                assert_eq!(inserted, 1);
                Ok::<(), Error>(())
            })
            .await;
        $suite
            .run(Case::Rows(1), &["SELECT kit"], async |_| {
                let select = "SELECT id, name FROM kit WHERE name = $1";
                let rows = $client.query(select, &[&SECRET]).await?;
                assert_eq!(rows[0].get::<_, &str>("name"), SECRET);
                Ok::<(), Error>(())
            })
            .await;
        $suite
            .run(Case::Constraint, &["INSERT kit"], async |_| {
                let again = $client.execute(INSERT, &[&1_i32, &SECRET]);
                again.await.map(drop)
            })
            .await;
        $suite
            .run(Case::Syntax, &["population"], async |_| {
                $client.simple_query("SELEC 'hush'").await.map(drop)
            })
            .await;
        $suite
            .run(Case::MissingTable, &["SELECT nowhere"], async |_| {
                let query = "SELECT 'hush' FROM nowhere";
                $client.query(query, &[]).await.map(drop)
            })
            .await;
        $suite
            .run(Case::Cancelled, &["SELECT"], async |_| {
                let slow = $client.query("SELECT pg_sleep(1), 'hush'", &[]);
                let slow = tokio::time::timeout(Duration::from_millis(100), slow);
                assert!(slow.await.is_err());
                Ok::<(), Error>(())
            })
            .await;
        $suite
            .run(Case::StreamDropped, &["SELECT kit"], async |_| {
                let rows = $client.query_raw("SELECT id FROM kit WHERE name = $1", [SECRET]);
                let mut rows = pin!(rows.await?);
                assert!(rows.try_next().await?.is_some());
                Ok::<(), Error>(())
            })
            .await;
        $suite
            .run(Case::RolledBack, &["DELETE kit"], async |_| {
                let transaction = $client.transaction().await?;
                let delete = "DELETE FROM kit WHERE name = $1";
                assert_eq!(transaction.execute(delete, &[&SECRET]).await?, 1);
                Ok::<(), Error>(())
            })
            .await;
        let left = $client.query_one("SELECT count(*) FROM kit", &[]).await;
        assert_eq!(left.unwrap().get::<_, i64>(0), 1, "it was rolled back");
        $suite.leave_out(
            Case::Batch(2).name(),
            "batches: several commands are one text",
        );
    };
}

#[tokio::test]
async fn tokio_postgres_conforms() {
    let Some(config) = config() else { return };
    let mut suite = suite(&config);
    let mut client = connect(&config).await;
    calls!(suite, client);
    let client = connect(&impatient(&config)).await;
    suite
        .run(Case::Timeout, &["SELECT"], async |_| {
            client.query(SLEEP, &[]).await.map(drop)
        })
        .await;
    suite.leave_out(
        Case::Refused.name(),
        "telemetry of connecting: a client is connected already",
    );
    suite.leave_out(Case::Killed.name(), "server of its own here: see below");
    suite.report().assert_conforms();
}

#[tokio::test]
async fn deadpool_postgres_conforms() {
    let Some(config) = config() else { return };
    let pool = |config: &Config| {
        let manager = Manager::new(config.clone(), NoTls);
        let pool = Pool::builder(manager).max_size(1).build().unwrap();
        pool.traced(config)
    };
    let mut suite = suite(&config);
    let of_calls = pool(&config);
    let mut client = of_calls.get().await.unwrap();
    calls!(suite, client);
    let impatient = pool(&impatient(&config));
    suite
        .run(Case::Timeout, &["SELECT"], async |_| {
            let client = impatient.get().await.unwrap();
            let statement = client.prepare_cached(SLEEP).await?;
            client.query(&statement, &[]).await.map(drop)
        })
        .await;
    suite.leave_out(Case::Refused.name(), "server of its own here: see below");
    suite.leave_out(Case::Killed.name(), "server of its own here: see below");
    suite.report().assert_conforms();
}

/// Leaves out all cases but these.
fn only(suite: &mut Suite, cases: &[Case]) {
    for case in Case::ALL.iter().filter(|case| !cases.contains(case)) {
        suite.leave_out(case.name(), "such case for this server alone");
    }
}

#[tokio::test]
async fn a_server_that_is_killed_or_was_never_there_conforms() {
    if config().is_none() {
        return;
    }
    for pooled in [false, true] {
        let mut own = OwnServer::postgres().await.unwrap();
        let config = at(own.port());
        let mut killed = suite(&config);
        only(&mut killed, &[Case::Killed]);
        let pool = Pool::builder(Manager::new(config.clone(), NoTls));
        let pool = pool.build().unwrap().traced(&config);
        killed
            .run(Case::Killed, &["SELECT"], async |_| {
                let kill = async {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    own.kill().unwrap();
                };
                let call = async {
                    if pooled {
                        pool.get().await.unwrap().query(SLEEP, &[]).await
                    } else {
                        connect(&config).await.query(SLEEP, &[]).await
                    }
                };
                join(call, kill).await.0.map(drop)
            })
            .await;
        killed.report().assert_conforms();
    }
    let config = at(closed());
    let mut refused = suite(&config);
    only(&mut refused, &[Case::Refused]);
    let pool = Pool::builder(Manager::new(config.clone(), NoTls));
    let pool = pool.build().unwrap().traced(&config);
    refused
        .run(Case::Refused, &["CONNECT postgres"], async |_| {
            pool.get().await.map(drop)
        })
        .await;
    refused.report().assert_conforms();
}
