//! The suite of database clients, with diesel and SQLite.
#![allow(clippy::unwrap_used)]

use diesel::{
    connection::SimpleConnection as _, insert_into, prelude::*, result::Error, sql_query,
};
use otel_auto_testing::conformance::db::{Case, SECRET, Suite};

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

#[tokio::test]
async fn sqlite_conforms() {
    assert!(otel_auto_diesel::install());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.db").display().to_string();
    let mut connection = SqliteConnection::establish(&file).unwrap();
    let connection = &mut connection;
    connection
        .batch_execute("CREATE TABLE kit (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .unwrap();
    let row = (kit::id.eq(1), kit::name.eq(SECRET));
    let mut suite = Suite::new("sqlite").namespace(&file).hides_codes();
    suite
        .run(Case::Success, &["INSERT `kit`"], async |_| {
            let inserted = insert_into(kit::table).values(row).execute(connection);
            inserted.map(drop)
        })
        .await;
    suite
        .run(Case::Rows(1), &["SELECT `kit`"], async |_| {
            let query = kit::table.filter(kit::name.eq(SECRET));
            let rows: Vec<(i32, String)> = query.load(connection)?;
            assert_eq!(rows, [(1, SECRET.to_owned())]);
            Ok::<(), Error>(())
        })
        .await;
    suite
        .run(Case::Constraint, &["INSERT `kit`"], async |_| {
            let again = insert_into(kit::table).values(row).execute(connection);
            again.map(drop)
        })
        .await;
    suite
        .run(Case::Syntax, &[&file], async |_| {
            sql_query("SELEC 'hush'").execute(connection).map(drop)
        })
        .await;
    suite
        .run(Case::MissingTable, &["SELECT nowhere"], async |_| {
            let query = sql_query("SELECT 'hush' FROM nowhere");
            query.execute(connection).map(drop)
        })
        .await;
    suite
        .run(Case::StreamDropped, &["SELECT `kit`"], async |_| {
            let query = kit::table.filter(kit::name.eq(SECRET));
            let mut rows = query.load_iter::<(i32, String), _>(connection)?;
            assert!(rows.next().unwrap().is_ok());
            Ok::<(), Error>(())
        })
        .await;
    suite
        .run(Case::RolledBack, &["DELETE `kit`"], async |_| {
            let rolled_back: Result<(), _> = connection.transaction(|connection| {
                let delete = diesel::delete(kit::table.filter(kit::name.eq(SECRET)));
                assert_eq!(delete.execute(connection)?, 1);
                Err(Error::RollbackTransaction)
            });
            assert_eq!(rolled_back, Err(Error::RollbackTransaction));
            Ok::<(), Error>(())
        })
        .await;
    let mut writer = SqliteConnection::establish(&file).unwrap();
    writer.batch_execute("BEGIN IMMEDIATE").unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 50")
        .unwrap();
    suite
        .run(Case::Timeout, &["DELETE `kit`"], async |_| {
            let delete = diesel::delete(kit::table.filter(kit::name.eq(SECRET)));
            delete.execute(connection).map(drop)
        })
        .await;
    for case in [Case::Refused, Case::Killed] {
        suite.leave_out(case.name(), "a server");
    }
    suite.leave_out(Case::Cancelled.name(), "calls that can be dropped");
    suite.leave_out(Case::Batch(2).name(), "batches: several rows are one query");
    suite.report().assert_conforms();
}
