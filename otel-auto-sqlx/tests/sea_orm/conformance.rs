use std::time::Duration;

use futures_util::{TryStreamExt, future::join};
use otel_auto_sqlx::observe_pool;
use otel_auto_testing::{
    conformance::db::{Case, Suite},
    servers::{self, OwnServer},
};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait,
    QueryFilter, TransactionTrait,
};

use crate::{TABLE, alone, connect, insert, kit, query};

/// How long SQLite waits for a lock.
const BUSY: Duration = Duration::from_millis(300);

/// What no other case has to be left out for.
async fn runs(suite: &mut Suite, database: &DatabaseConnection, quote: char, syntax: &str) {
    let of_table = |operation: &str| format!("{operation} {quote}kit{quote}");
    let (inserts, selects) = (of_table("INSERT"), of_table("SELECT"));
    for case in [Case::Success, Case::Constraint] {
        suite
            .run(case, &[&inserts], async |_| insert(database, 1).await)
            .await;
    }
    suite
        .run(Case::Rows(1), &[&selects], async |_| {
            let hush = kit::Entity::find().filter(kit::Column::Name.eq("hush"));
            hush.all(database).await.map(drop)
        })
        .await;
    suite
        .run(Case::Syntax, &[syntax], async |_| {
            query(database, "SELEC 'hush'").await
        })
        .await;
    suite
        .run(Case::MissingTable, &["SELECT nowhere"], async |_| {
            let missing = database.execute_unprepared("SELECT 'hush' FROM nowhere");
            missing.await.map(drop)
        })
        .await;
    suite
        .run(Case::RolledBack, &[&of_table("DELETE")], async |_| {
            let transaction = database.begin().await?;
            let hush = kit::Entity::delete_many().filter(kit::Column::Name.eq("hush"));
            hush.exec(&transaction).await.map(drop)
        })
        .await;
    suite.leave_out(Case::Batch(2).name(), "batches");
}

async fn cancelled(suite: &mut Suite, database: &DatabaseConnection, slow: &str, name: &str) {
    suite
        .run(Case::Cancelled, &[name], async |_| {
            let patience = Duration::from_millis(100);
            let slow = tokio::time::timeout(patience, query(database, slow));
            assert!(slow.await.is_err());
            Ok::<(), DbErr>(())
        })
        .await;
}

async fn stream_dropped(suite: &mut Suite, database: &DatabaseConnection, quote: char) {
    insert(database, 2).await.unwrap();
    let name = format!("SELECT {quote}kit{quote}");
    suite
        .run(Case::StreamDropped, &[&name], async |_| {
            let mut rows = kit::Entity::find().stream(database).await?;
            rows.try_next().await.map(drop)
        })
        .await;
}

async fn killed(suite: &mut Suite, mut own: OwnServer, url: &str, slow: &str) {
    let database = connect(url).await;
    suite
        .run(Case::Killed, &["SELECT"], async |_| {
            let killed = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                own.kill().unwrap();
            };
            join(query(&database, slow), killed).await.0
        })
        .await;
    // Now there is nobody.
    let mut options = ConnectOptions::new(url);
    options
        .connect_lazy(true)
        .acquire_timeout(Duration::from_millis(300));
    let database = Database::connect(options).await.unwrap();
    suite
        .run(Case::Refused, &["SELECT"], async |_| {
            query(&database, "SELECT 'hush'").await
        })
        .await;
}

fn suite(system: &'static str) -> Suite {
    Suite::new(system).opted_in(&["db.response.returned_rows"])
}

#[tokio::test]
async fn postgresql_conforms() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let _alone = alone().await;
    let database = connect(&url).await;
    let observed = observe_pool(database.get_postgres_connection_pool());
    let table = format!("CREATE TEMPORARY {TABLE}");
    database.execute_unprepared(&table).await.unwrap();
    // The driver's errors are told without their SQLSTATE.
    let mut suite = suite("postgresql").hides_codes();
    runs(&mut suite, &database, '"', "population").await;
    let sleep = "SELECT pg_sleep(2), 'hush'";
    cancelled(&mut suite, &database, sleep, "SELECT").await;
    stream_dropped(&mut suite, &database, '"').await;
    let names = ["SET statement_timeout", "SELECT"];
    suite
        .run(Case::Timeout, &names, async |_| {
            let transaction = database.begin().await?;
            let impatient = "SET LOCAL statement_timeout = 50";
            transaction.execute_unprepared(impatient).await?;
            query(&transaction, "SELECT pg_sleep(20), 'hush'").await
        })
        .await;
    drop(observed);
    let own = OwnServer::postgres().await.unwrap();
    let url = format!("postgres://otel:hush@127.0.0.1:{}/postgres", own.port());
    killed(&mut suite, own, &url, sleep).await;
    suite.report().assert_conforms();
}

#[tokio::test]
async fn mariadb_conforms() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let _alone = alone().await;
    let database = connect(&url).await;
    let observed = observe_pool(database.get_mysql_connection_pool());
    let table = format!("CREATE TEMPORARY {TABLE}");
    database.execute_unprepared(&table).await.unwrap();
    let mut suite = suite("mysql");
    runs(&mut suite, &database, '`', "population").await;
    let sleep = "SELECT SLEEP(2), 'hush'";
    cancelled(&mut suite, &database, sleep, "SELECT").await;
    stream_dropped(&mut suite, &database, '`').await;
    suite
        .run(Case::Timeout, &["SET STATEMENT"], async |_| {
            let impatient =
                "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20), 'hush' FROM kit";
            query(&database, impatient).await
        })
        .await;
    drop(observed);
    let own = OwnServer::mariadb().await.unwrap();
    let url = format!("mysql://root:hush@127.0.0.1:{}/test", own.port());
    killed(&mut suite, own, &url, sleep).await;
    suite.report().assert_conforms();
}

#[tokio::test]
async fn sqlite_conforms() {
    let _alone = alone().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.db").display().to_string();
    let url = format!("sqlite://{file}?mode=rwc");
    let mut options = ConnectOptions::new(&url);
    options
        .max_connections(1)
        .map_sqlx_sqlite_opts(|options| options.busy_timeout(BUSY));
    let database = Database::connect(options).await.unwrap();
    let _observed = observe_pool(database.get_sqlite_connection_pool());
    let table = format!("CREATE {TABLE}");
    database.execute_unprepared(&table).await.unwrap();
    let mut suite = suite("sqlite").namespace(&file);
    runs(&mut suite, &database, '"', &file).await;
    let holder = connect(&url).await;
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
    suite
        .run(Case::Timeout, &["INSERT \"kit\""], async |_| {
            insert(&database, 3).await
        })
        .await;
    suite
        .run(Case::Cancelled, &["INSERT \"kit\""], async |_| {
            let patience = BUSY / 3;
            let slow = tokio::time::timeout(patience, insert(&database, 3));
            assert!(slow.await.is_err());
            // The connection's thread gives up later.
            database.ping().await
        })
        .await;
    let lacking =
        "a span around streams, and its thread knows a caller by a span of `tracing` alone";
    suite.leave_out(Case::StreamDropped.name(), lacking);
    suite.leave_out(Case::Refused.name(), "a server");
    suite.leave_out(Case::Killed.name(), "a server");
    suite.report().assert_conforms();
}
