//! The suite of database clients, with diesel-async.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{net::TcpListener, time::Duration};

use diesel::{insert_into, prelude::*, result::Error, sql_query};
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl,
    SimpleAsyncConnection as _,
};
use futures_util::{TryStreamExt, future::join};
use otel_auto_testing::{
    conformance::db::{Case, SECRET, Suite},
    servers::{self, OwnServer},
};

#[allow(missing_docs, reason = "what diesel makes")]
mod schema {
    diesel::table! {
        kit (id) {
            id -> Integer,
            name -> Text,
        }
    }
}
use schema::kit;

/// A loopback port that nobody listens on.
fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

macro_rules! conforms {
    (
        $system:literal, $connection:ty, $url:expr, $own:expr, $own_url:literal, $quoted:literal, $sleep:literal,
        [$($before:literal)?] $slow:literal, $slow_name:literal
    ) => {{
        assert!(otel_auto_diesel::install());
        let mut connection = <$connection>::establish($url).await.unwrap();
        let connection = &mut connection;
        connection
            .batch_execute("CREATE TEMPORARY TABLE kit (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)")
            .await
            .unwrap();
        let row = (kit::id.eq(1), kit::name.eq(SECRET));
        let named = kit::name.eq(SECRET);
        let mut suite = Suite::new($system).namespace("population").hides_codes();
        suite
            .run(Case::Success, &[concat!("INSERT ", $quoted)], async |_| {
                insert_into(kit::table).values(row).execute(connection).await.map(drop)
            })
            .await;
        suite
            .run(Case::Rows(1), &[concat!("SELECT ", $quoted)], async |_| {
                let rows: Vec<(i32, String)> = kit::table.filter(named).load(connection).await?;
                assert_eq!(rows, [(1, SECRET.to_owned())]);
                Ok::<(), Error>(())
            })
            .await;
        suite
            .run(Case::Constraint, &[concat!("INSERT ", $quoted)], async |_| {
                insert_into(kit::table).values(row).execute(connection).await.map(drop)
            })
            .await;
        suite
            .run(Case::Syntax, &["population"], async |_| {
                sql_query("SELEC 'hush'").execute(connection).await.map(drop)
            })
            .await;
        suite
            .run(Case::MissingTable, &["SELECT nowhere"], async |_| {
                sql_query("SELECT 'hush' FROM nowhere").execute(connection).await.map(drop)
            })
            .await;
        suite
            .run(Case::StreamDropped, &[concat!("SELECT ", $quoted)], async |_| {
                let query = kit::table.filter(named);
                let mut rows = query.load_stream::<(i32, String)>(connection).await?;
                assert!(rows.try_next().await?.is_some());
                Ok::<(), Error>(())
            })
            .await;
        suite
            .run(Case::RolledBack, &[concat!("DELETE ", $quoted)], async |_| {
                let rolled_back: Result<(), _> = connection
                    .transaction(async |connection| {
                        let delete = diesel::delete(kit::table.filter(named));
                        assert_eq!(delete.execute(connection).await?, 1);
                        Err(Error::RollbackTransaction)
                    })
                    .await;
                assert_eq!(rolled_back, Err(Error::RollbackTransaction));
                Ok::<(), Error>(())
            })
            .await;
        $(connection.batch_execute($before).await.unwrap();)?
        suite
            .run(Case::Timeout, &[$slow_name], async |_| {
                sql_query($slow).execute(connection).await.map(drop)
            })
            .await;
        let mut to_cancel = <$connection>::establish($url).await.unwrap();
        suite
            .run(Case::Cancelled, &["SELECT"], async |_| {
                let slow = sql_query($sleep).execute(&mut to_cancel);
                assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
                // Its span ends with the connection.
                drop(to_cancel);
                Ok::<(), Error>(())
            })
            .await;
        suite.leave_out(Case::Batch(2).name(), "batches: several rows are one query");
        for case in [Case::Refused, Case::Killed] {
            suite.leave_out(case.name(), "server of its own here: see below");
        }
        suite.report().assert_conforms();

        let mut own = $own.await.unwrap();
        let url = format!($own_url, own.port());
        let mut connection = <$connection>::establish(&url).await.unwrap();
        let mut suite = Suite::new($system).server("127.0.0.1", own.port());
        suite
            .run(Case::Killed, &["SELECT"], async |_| {
                let kill = async {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    own.kill().unwrap();
                };
                join(sql_query($sleep).execute(&mut connection), kill).await.0.map(drop)
            })
            .await;
        suite
    }};
}

/// A connection that is refused.
async fn refused<C: AsyncConnection>(suite: &mut Suite, url: &str, namespace: &str) {
    let name = format!("CONNECT {namespace}");
    suite
        .run(Case::Refused, &[&name], async |_| {
            let url = format!("{url}:{}/{namespace}", closed());
            C::establish(&url).await.map(drop)
        })
        .await;
}

/// All but these ran before.
fn assert_conforms(mut suite: Suite, cases: &[Case]) {
    for case in Case::ALL.iter().filter(|case| !cases.contains(case)) {
        suite.leave_out(case.name(), "such case for this server alone");
    }
    suite.report().assert_conforms();
}

#[tokio::test]
async fn postgresql_conforms() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let mut killed = conforms!(
        "postgresql",
        AsyncPgConnection,
        &url,
        OwnServer::postgres(),
        "postgres://otel:hush@127.0.0.1:{}/postgres",
        "\"kit\"",
        "SELECT pg_sleep(2), 'hush'",
        ["SET statement_timeout = 50"] "SELECT pg_sleep(20), 'hush'",
        "SELECT"
    );
    let lacking = "telemetry: diesel-async tells nothing of a connection that is refused";
    killed.leave_out(Case::Refused.name(), lacking);
    assert_conforms(killed, &[Case::Killed, Case::Refused]);
}

#[tokio::test]
async fn mariadb_conforms() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let killed = conforms!(
        "mysql",
        AsyncMysqlConnection,
        &url,
        OwnServer::mariadb(),
        "mysql://root:hush@127.0.0.1:{}/test",
        "`kit`",
        "SELECT SLEEP(2), 'hush'",
        [] "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20), 'hush' FROM kit",
        "SET STATEMENT"
    );
    assert_conforms(killed, &[Case::Killed]);
    let mut suite = Suite::new("mysql").namespace("test");
    refused::<AsyncMysqlConnection>(&mut suite, "mysql://root:hush@127.0.0.1", "test").await;
    assert_conforms(suite, &[Case::Refused]);
}
