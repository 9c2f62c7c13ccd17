//! For sqlx 0.9.

use sqlx_core::{
    self as sqlx, Error,
    database::Database,
    error::BoxDynError,
    executor::Execute,
    sql_str::{AssertSqlSafe, SqlSafeStr, SqlStr},
};
#[cfg(feature = "mysql")]
use sqlx_mysql as mysql;
#[cfg(feature = "postgres")]
use sqlx_postgres as postgres;
#[cfg(feature = "sqlite")]
use sqlx_sqlite as sqlite;

use crate::calls::Text;

/// The methods of `Executor` that run no query. They are handed on.
macro_rules! handed_on {
    ($c:lifetime, $DB:ty, $this:ident => $inner:expr) => {
        fn prepare_with<'e>(
            self,
            sql: super::SqlStr,
            parameters: &'e [<$DB as Database>::TypeInfo],
        ) -> BoxFuture<'e, Result<<$DB as Database>::Statement, Error>>
        where
            $c: 'e,
        {
            let $this = self;
            $inner.prepare_with(sql, parameters)
        }

        fn describe<'e>(self, sql: super::SqlStr) -> BoxFuture<'e, Result<Describe<$DB>, Error>>
        where
            $c: 'e,
        {
            let $this = self;
            $inner.describe(sql)
        }
    };
}

#[path = "traced.rs"]
#[macro_use]
mod traced;
#[cfg(feature = "mysql")]
#[path = "mysql.rs"]
mod mysql_driver;
#[cfg(feature = "postgres")]
#[path = "postgres.rs"]
mod postgres_driver;
#[cfg(feature = "sqlite")]
#[path = "sqlite.rs"]
mod sqlite_driver;

pub use traced::*;

/// A pool of connections to PostgreSQL.
#[cfg(feature = "postgres")]
pub type PgPool = Pool<postgres::Postgres>;
/// A pool of connections to MySQL or MariaDB.
#[cfg(feature = "mysql")]
pub type MySqlPool = Pool<mysql::MySql>;
/// A pool of connections to SQLite.
#[cfg(feature = "sqlite")]
pub type SqlitePool = Pool<sqlite::Sqlite>;

/// The statement that begins a transaction.
type Statement = SqlStr;

/// A query taken apart, since its text can only be had for the whole of it.
struct Query<DB: Database> {
    sql: SqlStr,
    statement: Option<DB::Statement>,
    arguments: Option<Result<Option<DB::Arguments>, BoxDynError>>,
    persistent: bool,
}

fn opened<'q, DB, E>(mut query: E) -> impl Execute<'q, DB> + Text + 'q
where
    DB: Database,
    E: Execute<'q, DB> + 'q,
{
    Query::<DB> {
        statement: query.statement().cloned(),
        persistent: query.persistent(),
        arguments: Some(query.take_arguments()),
        sql: query.sql(),
    }
}

impl<DB: Database> Text for Query<DB> {
    fn sql(&self) -> &str {
        self.sql.as_str()
    }

    fn takes_comments(&self) -> bool {
        // What was prepared by hand is known to the server by its text.
        self.statement.is_none()
    }

    fn replace(&mut self, sql: String) {
        self.sql = AssertSqlSafe(sql).into_sql_str();
        // There will be no other query of this text.
        self.persistent = false;
    }
}

impl<DB: Database> Execute<'_, DB> for Query<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        self.arguments.take().unwrap_or(Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

impl<DB: Driver> Pool<DB> {
    /// Begins a transaction with a statement of your own, as [`sqlx::Pool::begin_with`](sqlx::pool::Pool::begin_with).
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'static, DB>, Error> {
        self.begin_by(Some(statement.into_sql_str())).await
    }
}
