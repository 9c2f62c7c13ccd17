//! What functions take that shall run within a transaction and without.

use std::future::Future;

use tokio_postgres::{Error, Row, SimpleQueryMessage, types::ToSql};

use crate::{Client, Connection, Query, Statement, Transaction};

/// A [`Client`] or a [`Transaction`], as the library's trait of this name, which cannot be implemented elsewhere.
pub trait GenericClient: Sync {
    /// See [`Client::query`].
    fn query<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// See [`Client::query_one`].
    fn query_one<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Row, Error>> + Send;

    /// See [`Client::query_opt`].
    fn query_opt<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Option<Row>, Error>> + Send;

    /// See [`Client::execute`].
    fn execute<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// See [`Client::prepare`].
    fn prepare(&self, sql: &str) -> impl Future<Output = Result<Statement, Error>> + Send;

    /// See [`Client::simple_query`].
    fn simple_query(
        &self,
        sql: &str,
    ) -> impl Future<Output = Result<Vec<SimpleQueryMessage>, Error>> + Send;

    /// See [`Client::batch_execute`].
    fn batch_execute(&self, sql: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// A transaction, or a savepoint in one.
    fn transaction(&mut self) -> impl Future<Output = Result<Transaction<'_>, Error>> + Send;
}

macro_rules! generic_client {
    ($([$($generics:tt)*] $of:ty;)*) => {$(
        impl<$($generics)*> GenericClient for $of {
            async fn query<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Vec<Row>, Error> {
                self.query(query, params).await
            }

            async fn query_one<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Row, Error> {
                self.query_one(query, params).await
            }

            async fn query_opt<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Option<Row>, Error> {
                self.query_opt(query, params).await
            }

            async fn execute<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<u64, Error> {
                self.execute(query, params).await
            }

            async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
                self.prepare(sql).await
            }

            async fn simple_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
                self.simple_query(sql).await
            }

            async fn batch_execute(&self, sql: &str) -> Result<(), Error> {
                self.batch_execute(sql).await
            }

            async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
                self.transaction().await
            }
        }
    )*};
}

generic_client! {
    [C: Connection] Client<C>;
    ['a] Transaction<'a>;
}
