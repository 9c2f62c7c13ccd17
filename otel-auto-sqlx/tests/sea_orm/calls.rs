//! One call is one operation, however sea-orm's span and sqlx's event come together.

use std::time::Duration;

use futures_util::{TryStreamExt, future::join_all};
use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_testing::{Capture, servers};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, TransactionTrait,
};

use crate::{TABLE, alone, connect, insert, kit, query};

/// What is recorded of some work: of each operation its name, its rows and its `error.type`.
async fn recorded<F: Future>(capture: &Capture, work: F) -> Vec<String> {
    let caller = capture.tracer("test").start("caller");
    let context = capture.context().with_span(caller);
    work.with_context(context.clone()).await;
    context.span().end();
    // SQLite's thread ends some in the background.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let spans = capture.spans();
    let of_sqlx = spans.iter().filter(|span| span.scope == "otel-auto-sqlx");
    let told = of_sqlx.map(|span| {
        assert_eq!(span.parent, context.span().span_context().span_id());
        let (rows, error) = (
            span.text("db.response.returned_rows"),
            span.text("error.type"),
        );
        assert_eq!(span.is_error(), !error.is_empty());
        format!("{} {rows} {error}", span.name)
            .trim_end()
            .to_owned()
    });
    let told = told.collect();
    let said = format!("{spans:?} {:?}", capture.logs());
    assert!(!said.contains("hush"), "{said}");
    told
}

async fn memory(options: impl FnOnce(&mut ConnectOptions)) -> DatabaseConnection {
    let mut wanted = ConnectOptions::new("sqlite::memory:");
    options(wanted.max_connections(1));
    let database = Database::connect(wanted).await.unwrap();
    database
        .execute_unprepared(&format!("CREATE {TABLE}"))
        .await
        .unwrap();
    database
}

#[tokio::test]
async fn an_event_that_is_later_than_the_answer_is_the_same_call() {
    let _alone = alone().await;
    let database = memory(|_| ()).await;
    let capture = Capture::new();
    let told = recorded(&capture, async {
        for _ in 0..100 {
            let _ = insert(&database, 1).await;
            assert!(query(&database, "SELECT name FROM kit").await.is_ok());
        }
    })
    .await;
    assert_eq!(told.len(), 200);
    for (at, told) in told.iter().enumerate() {
        let of_read = at % 2 == 1;
        match at {
            0 => assert!(told.starts_with("INSERT \"kit\"") && !told.contains("1555")),
            _ if of_read => assert_eq!(told, "SELECT kit 1"),
            // With its rows or without, as the event came.
            _ => assert!(
                told.starts_with("INSERT \"kit\"") && told.ends_with("1555"),
                "{told}"
            ),
        }
    }
    let exceptions = capture.logs();
    assert_eq!(exceptions.len(), 99);
}

#[tokio::test]
async fn calls_are_recorded_although_sqlx_says_nothing_of_them() {
    let _alone = alone().await;
    let database = memory(|options| {
        options.sqlx_logging(false);
    })
    .await;
    let told = recorded(&Capture::new(), async {
        insert(&database, 1).await.unwrap();
        insert(&database, 1).await.unwrap_err();
        let text = "SELECT name FROM kit WHERE name = 'hush'";
        database.execute_unprepared(text).await.unwrap();
    })
    .await;
    let wanted = ["INSERT \"kit\"", "INSERT \"kit\"  1555", "SELECT"];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn calls_are_recorded_although_their_text_is_not_in_the_span() {
    let _alone = alone().await;
    let database = memory(|options| {
        options.record_stmt_in_spans(false);
    })
    .await;
    let told = recorded(&Capture::new(), async {
        insert(&database, 1).await.unwrap();
        insert(&database, 1).await.unwrap_err();
        query(&database, "SELECT name FROM kit").await.unwrap();
    })
    .await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.concat().contains("1555"), "{told:?}");
}

#[tokio::test]
async fn what_sets_up_a_connection_is_no_part_of_the_call() {
    let _alone = alone().await;
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.connect_lazy(true).max_connections(1);
    let database = Database::connect(options).await.unwrap();
    let told = recorded(&Capture::new(), query(&database, "SELECT * FROM nowhere")).await;
    let [call] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(
        call.starts_with("SELECT nowhere") && call.ends_with(" 1"),
        "{call}"
    );
}

#[tokio::test]
async fn a_call_that_never_got_a_connection_tells_why() {
    let _alone = alone().await;
    let database = memory(|options| {
        options.acquire_timeout(Duration::from_millis(500));
    })
    .await;
    let holder = database.begin().await.unwrap();
    let told = recorded(&Capture::new(), async {
        query(&database, "SELECT 'hush'").await.unwrap_err();
        let unprepared = database.execute_unprepared("SELECT 'hush'");
        unprepared.await.unwrap_err();
        let waiting = query(&database, "SELECT 'hush'");
        let dropped = tokio::time::timeout(Duration::from_millis(10), waiting);
        assert!(dropped.await.is_err());
    })
    .await;
    drop(holder);
    let wanted = ["SELECT  pool_timed_out", "SELECT  pool_timed_out", "SELECT"];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn calls_side_by_side_do_not_mix() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let _alone = alone().await;
    let mut options = ConnectOptions::new(&url);
    options.max_connections(4);
    let database = Database::connect(options).await.unwrap();
    let told = recorded(&Capture::new(), async {
        let calls = (0..40).map(|call| {
            let text = ["SELECT pg_sleep(0.01)", "SELECT 1 FROM nowhere"][call % 2];
            query(&database, text)
        });
        let results = join_all(calls).await;
        assert_eq!(results.iter().filter(|result| result.is_err()).count(), 20);
    })
    .await;
    let count = |wanted: &str| told.iter().filter(|told| *told == wanted).count();
    assert_eq!(
        (count("SELECT 1"), count("SELECT nowhere 0 _OTHER")),
        (20, 20),
        "{told:?}"
    );
}

#[tokio::test]
async fn transactions_and_what_runs_in_them_are_told_apart() {
    let Some(url) = servers::url("MYSQL_URL") else {
        return;
    };
    let _alone = alone().await;
    let database = connect(&url).await;
    let table = format!("CREATE TEMPORARY {TABLE}");
    database.execute_unprepared(&table).await.unwrap();
    let work = async {
        let outer = database.begin().await.unwrap();
        insert(&outer, 1).await.unwrap();
        let inner = outer.begin().await.unwrap();
        insert(&inner, 1).await.unwrap_err();
        inner.rollback().await.unwrap();
        let mut rows = kit::Entity::find().stream(&outer).await.unwrap();
        while rows.try_next().await.unwrap().is_some() {}
        drop(rows);
        outer.commit().await.unwrap();
    };
    let capture = Capture::builder()
        .settings(|settings| settings.db.transaction_spans = true)
        .build();
    let told = recorded(&capture, work).await;
    let wanted = [
        "BEGIN 0",
        "INSERT `kit` 0",
        "SAVEPOINT 0",
        "INSERT `kit` 0 1062",
        "ROLLBACK 0",
        "SELECT `kit` 1",
        "COMMIT 0",
    ];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn nothing_is_recorded_without_an_active_span() {
    let _alone = alone().await;
    let database = memory(|_| ()).await;
    let capture = Capture::new();
    insert(&database, 1)
        .with_context(capture.context())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(capture.tree(), "");
}
