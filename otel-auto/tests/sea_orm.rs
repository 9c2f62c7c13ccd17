//! sea-orm, which runs on sqlx: each query is recorded once, with its error, by sqlx's events and sea-orm's own spans
//! (`tracing-spans`). Each case is a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

mod support;

use std::time::Duration;

use otel_auto::{
    instrumented,
    sqlx::{ObservedPool, observe_pool},
};
use otel_auto_testing::{
    receiver::{Receiver, Span},
    servers,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, DbBackend, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Statement,
    TransactionTrait,
};
use support::{CASE, run};

mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const URL: &str = "SEA_ORM_TEST_URL";
/// So many times something fails.
const FAILING: usize = 50;
/// Between two looks at the metrics.
const INTERVAL: Duration = Duration::from_millis(100);

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = otel_auto::init!();
        // The table is the connection's.
        let mut options = ConnectOptions::new(std::env::var(URL).unwrap());
        options.max_connections(1);
        let database = Database::connect(options).await.unwrap();
        let _observed = (case == "observed").then(|| observed(&database));
        let table =
            "CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(64) NOT NULL)";
        database.execute_unprepared(table).await.unwrap();
        if case == "failing" {
            user(1, "secret-ann").insert(&database).await.unwrap();
            for _ in 0..FAILING {
                fails(&database).await.unwrap_err();
            }
        } else {
            request(&database).await;
            rolled_back(&database).await;
        }
        if case == "observed" {
            // The pool is looked at while it is there.
            tokio::time::sleep(3 * INTERVAL).await;
        }
        otel.shutdown();
        database.close().await.unwrap();
    });
}

/// The one line by which the pool is known.
fn observed(database: &DatabaseConnection) -> ObservedPool {
    match database.get_database_backend() {
        DbBackend::Postgres => observe_pool(database.get_postgres_connection_pool()),
        DbBackend::MySql => observe_pool(database.get_mysql_connection_pool()),
        _ => observe_pool(database.get_sqlite_connection_pool()),
    }
}

fn user(id: i32, name: &str) -> users::ActiveModel {
    users::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
    }
}

#[instrumented]
async fn request(database: &DatabaseConnection) {
    let inserted = user(1, "secret-ann").insert(database).await.unwrap();
    let found = users::Entity::find_by_id(1).one(database).await.unwrap();
    assert_eq!(found.as_ref(), Some(&inserted));
    let mut changed = inserted.into_active_model();
    changed.name = Set("secret-bob".to_owned());
    changed.update(database).await.unwrap();
    let named = users::Entity::find().filter(users::Column::Name.eq("secret-bob"));
    assert_eq!(named.all(database).await.unwrap().len(), 1);
    assert!(user(1, "secret-twin").insert(database).await.is_err());
    let literal = "SELECT name FROM users WHERE name = 'secret-literal'";
    let literal = Statement::from_string(database.get_database_backend(), literal);
    assert!(database.query_one_raw(literal).await.unwrap().is_none());
    let missing = database.execute_unprepared("SELECT 'secret' FROM missing");
    assert!(missing.await.is_err());
    users::Entity::delete_by_id(1).exec(database).await.unwrap();
}

#[instrumented]
async fn fails(database: &DatabaseConnection) -> Result<(), DbErr> {
    user(1, "secret-twin").insert(database).await?;
    Ok(())
}

#[instrumented]
async fn rolled_back(database: &DatabaseConnection) {
    let transaction = database.begin().await.unwrap();
    user(2, "secret-cat").insert(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    let dropped = database.begin().await.unwrap();
    user(2, "secret-cat").insert(&dropped).await.unwrap();
    drop(dropped);
    let left = users::Entity::find().all(database).await.unwrap();
    assert!(left.is_empty());
}

/// What runs below the span of this name, in its order, as `name system`, and what went wrong.
fn below(spans: &[Span], root: &str) -> Vec<String> {
    let root = spans.iter().find(|span| span.name == root).unwrap();
    let mut below: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id() == root.span_id())
        .collect();
    below.sort_by_key(|span| span.start_time_unix_nano);
    let told = |span: &&Span| {
        let system = span.attribute("db.system.name").unwrap_or_default();
        match span.attribute("error.type") {
            Some(error) => format!("{} {system} {error}", span.name),
            None => format!("{} {system}", span.name),
        }
    };
    below.iter().map(told).collect()
}

/// What the program sends.
fn sent(case: &str, url: &str, variables: &[(&str, &str)]) -> Receiver {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        (URL, url),
    ];
    environment.extend(variables);
    let (output, _) = run(case, &environment);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let logs: Vec<_> = receiver
        .logs()
        .iter()
        .map(|log| format!("{log:?}"))
        .collect();
    assert!(logs.iter().all(|log| !log.contains("users")), "{logs:#?}");
    receiver
}

/// The spans of the program as it is, with the database in its environment.
fn recorded(url: &str, variables: &[(&str, &str)]) -> Vec<Span> {
    let variables = [variables, &[("DATABASE_URL", url)]].concat();
    sent("a program", url, &variables).spans()
}

/// Tables are named as sea-orm quotes them. Where a statement cannot return what it wrote, sea-orm reads it afterwards.
/// `duplicate` and `missing` are the codes of these errors.
fn each_query_is_there_once(
    url: &str,
    system: &str,
    quote: char,
    reads_back: bool,
    [duplicate, missing]: [&str; 2],
) {
    let sea_orm = |operation: &str| format!("{operation} {quote}users{quote} {system}");
    let written = |operation: &str| {
        let mut spans = vec![sea_orm(operation)];
        spans.extend(reads_back.then(|| sea_orm("SELECT")));
        spans
    };
    let request = [
        written("INSERT"),
        vec![sea_orm("SELECT")],
        written("UPDATE"),
        vec![
            sea_orm("SELECT"),
            format!("{} {duplicate}", sea_orm("INSERT")),
            format!("SELECT users {system}"),
            format!("SELECT missing {system} {missing}"),
            sea_orm("DELETE"),
        ],
    ];
    let rolled_back = [
        written("INSERT"),
        written("INSERT"),
        vec![sea_orm("SELECT")],
    ];
    // Also with sea-orm's own spans, and those inside of them, in the subscriber.
    for printed in ["error", "info", "sea_orm=trace"] {
        let spans = recorded(url, &[("RUST_LOG", printed)]);
        assert!(!format!("{spans:?}").contains("secret"), "{spans:#?}");
        assert_eq!(below(&spans, "request"), request.concat(), "{printed}");
        assert_eq!(
            below(&spans, "rolled_back"),
            rolled_back.concat(),
            "{printed}"
        );
    }
}

#[test]
fn sqlite_queries_are_recorded_once() {
    let errors = ["1555", "1"];
    each_query_is_there_once("sqlite::memory:", "sqlite", '"', true, errors);
}

#[test]
fn postgresql_queries_are_recorded_once() {
    if let Some(url) = servers::url("POSTGRES_URL") {
        // Its SQLSTATE is not in the text of an error.
        let errors = ["_OTHER", "_OTHER"];
        each_query_is_there_once(&url, "postgresql", '"', false, errors);
    }
}

#[test]
fn mariadb_queries_are_recorded_once() {
    if let Some(url) = servers::url("MYSQL_URL") {
        let errors = ["1062", "1146"];
        each_query_is_there_once(&url, "mysql", '`', true, errors);
    }
}

#[test]
fn spans_of_sea_orm_are_there_if_they_are_asked_for() {
    let filter = ("OTEL_RUST_TRACING_FILTER", "info,sea_orm=info");
    let spans = recorded("sqlite::memory:", &[filter]);
    let count = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!(count("DELETE \"users\""), 1);
    assert!(count("sea_orm.execute") > 0);
    assert_eq!(
        below(&spans, "sea_orm.execute_unprepared"),
        ["CREATE TABLE users sqlite"]
    );
}

#[test]
fn an_error_is_recorded_by_the_query_alone() {
    let receiver = sent("failing", "sqlite::memory:", &[]);
    let logs = receiver.logs();
    assert_eq!(logs.len(), FAILING, "{logs:#?}");
    for log in logs {
        assert_eq!(log.event_name, "db.client.operation.exception");
    }
}

#[test]
fn a_pool_that_is_observed_tells_server_and_namespace_and_of_itself() {
    let Some(url) = servers::url("POSTGRES_URL") else {
        return;
    };
    let receiver = sent(
        "observed",
        &url,
        &[(
            "OTEL_METRIC_EXPORT_INTERVAL",
            &INTERVAL.as_millis().to_string(),
        )],
    );
    let (address, namespace) = url.split_once('@').unwrap().1.split_once('/').unwrap();
    let (host, port) = address.split_once(':').unwrap();
    let spans = receiver.spans();
    let queries: Vec<_> = spans
        .iter()
        .filter(|span| span.scope_name() == "otel-auto-sqlx")
        .collect();
    assert!(queries.len() > 10);
    for query in queries {
        for (key, value) in [
            ("db.system.name", "postgresql"),
            ("db.namespace", namespace),
            ("server.address", host),
            ("server.port", port),
        ] {
            assert_eq!(query.attribute(key).as_deref(), Some(value), "{query:?}");
        }
    }
    let metrics = receiver.metrics();
    let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    for name in ["db.client.operation.duration", "db.client.connection.count"] {
        assert!(names.contains(&name), "{names:?}");
    }
}
