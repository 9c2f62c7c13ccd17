//! The same for sqlx 0.8: PostgreSQL, and MySQL or MariaDB.
//!
//! Not SQLite: cargo builds no program for which two versions of it are asked, not even as features that are off.
//! `QueryEvents` knows its queries. Comments are not appended to SQL here, since it is borrowed from the program.

#[cfg(feature = "mysql-08")]
use sqlx_mysql_08 as mysql;
#[cfg(feature = "postgres-08")]
use sqlx_postgres_08 as postgres;
use std::borrow::Cow;

use sqlx_core_08::{
    self as sqlx, Error, database::Database, error::BoxDynError, executor::Execute,
};

use crate::calls::Text;

/// The methods of `Executor` that run no query. They are handed on.
macro_rules! handed_on {
    ($c:lifetime, $DB:ty, $this:ident => $inner:expr) => {
        fn prepare_with<'e, 'q: 'e>(
            self,
            sql: &'q str,
            parameters: &'e [<$DB as Database>::TypeInfo],
        ) -> BoxFuture<'e, Result<<$DB as Database>::Statement<'q>, Error>>
        where
            $c: 'e,
        {
            let $this = self;
            $inner.prepare_with(sql, parameters)
        }

        fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<$DB>, Error>>
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
#[cfg(feature = "mysql-08")]
#[path = "mysql.rs"]
mod mysql_driver;
#[cfg(feature = "postgres-08")]
#[path = "postgres.rs"]
mod postgres_driver;

pub use traced::*;

/// A pool of connections to PostgreSQL.
#[cfg(feature = "postgres-08")]
pub type PgPool = Pool<postgres::Postgres>;
/// A pool of connections to MySQL or MariaDB.
#[cfg(feature = "mysql-08")]
pub type MySqlPool = Pool<mysql::MySql>;

/// The statement that begins a transaction.
type Statement = Cow<'static, str>;

/// A query whose text is read.
struct Query<'q, E> {
    query: E,
    sql: &'q str,
}

fn opened<'q, DB, E>(query: E) -> impl Execute<'q, DB> + Text + 'q
where
    DB: Database,
    E: Execute<'q, DB> + 'q,
{
    Query {
        sql: query.sql(),
        query,
    }
}

impl<E> Text for Query<'_, E> {
    fn sql(&self) -> &str {
        self.sql
    }

    fn takes_comments(&self) -> bool {
        false
    }

    fn replace(&mut self, _: String) {}
}

impl<'q, DB: Database, E: Execute<'q, DB>> Execute<'q, DB> for Query<'q, E> {
    fn sql(&self) -> &'q str {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement<'q>> {
        self.query.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments<'q>>, BoxDynError> {
        self.query.take_arguments()
    }

    fn persistent(&self) -> bool {
        self.query.persistent()
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
        statement: impl Into<Cow<'static, str>>,
    ) -> Result<Transaction<'static, DB>, Error> {
        self.begin_by(Some(statement.into())).await
    }
}
