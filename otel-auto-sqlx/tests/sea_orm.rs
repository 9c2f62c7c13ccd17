//! The suite of database clients, on programs of sea-orm that are not edited.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub
)]

#[path = "sea_orm/calls.rs"]
mod calls;
#[path = "sea_orm/conformance.rs"]
mod conformance;

use std::sync::LazyLock;

use otel_auto_sqlx::QueryEvents;
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr,
    EntityTrait, Statement,
};
use tokio::sync::{Mutex, MutexGuard};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

pub mod kit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "kit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "TABLE kit (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL)";

/// The pools that are known are the process's, and so is the subscriber: one test at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    // As in a program with `RUST_LOG=warn`: what is printed is filtered, our layer is not.
    static SUBSCRIBER: LazyLock<()> = LazyLock::new(|| {
        let printed = tracing_subscriber::fmt::layer().with_test_writer();
        tracing_subscriber::registry()
            .with(printed.with_filter(LevelFilter::WARN))
            .with(QueryEvents::new().filtered())
            .init();
    });
    LazyLock::force(&SUBSCRIBER);
    ONE.lock().await
}

/// A database with one connection, whose table may be temporary.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

async fn insert(database: &impl ConnectionTrait, id: i32) -> Result<(), DbErr> {
    let model = kit::ActiveModel {
        id: Set(id),
        name: Set("hush".to_owned()),
    };
    kit::Entity::insert(model).exec(database).await.map(drop)
}

async fn query(database: &impl ConnectionTrait, sql: &str) -> Result<(), DbErr> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    database.query_all_raw(statement).await.map(drop)
}
