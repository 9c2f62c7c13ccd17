//! What functions take that shall run within a transaction and without.

use std::future::Future;

use tokio_postgres::{
    Error, Row, SimpleQueryMessage,
    types::{BorrowToSql, ToSql, Type},
};

use crate::{Client, Connection, Query, RowStream, Statement, Transaction};

/// A [`Client`] or a [`Transaction`], with the methods of the library's trait of this name, which cannot be implemented
/// elsewhere; but for `client`, whose calls would go unrecorded.
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

    /// See [`Client::query_raw`].
    fn query_raw<Q, P, I>(
        &self,
        query: &Q,
        params: I,
    ) -> impl Future<Output = Result<RowStream, Error>> + Send
    where
        Q: ?Sized + Query,
        P: BorrowToSql,
        I: IntoIterator<Item = P> + Sync + Send,
        I::IntoIter: ExactSizeIterator;

    /// See [`Client::query_typed`].
    fn query_typed(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// See [`Client::query_typed_one`].
    fn query_typed_one(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> impl Future<Output = Result<Row, Error>> + Send;

    /// See [`Client::query_typed_opt`].
    fn query_typed_opt(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> impl Future<Output = Result<Option<Row>, Error>> + Send;

    /// See [`Client::query_typed_raw`].
    fn query_typed_raw<P, I>(
        &self,
        sql: &str,
        params: I,
    ) -> impl Future<Output = Result<RowStream, Error>> + Send
    where
        P: BorrowToSql,
        I: IntoIterator<Item = (P, Type)> + Sync + Send;

    /// See [`Client::execute`].
    fn execute<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// See [`Client::execute_typed`].
    fn execute_typed(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// See [`Client::execute_raw`].
    fn execute_raw<Q, P, I>(
        &self,
        query: &Q,
        params: I,
    ) -> impl Future<Output = Result<u64, Error>> + Send
    where
        Q: ?Sized + Query,
        P: BorrowToSql,
        I: IntoIterator<Item = P> + Sync + Send,
        I::IntoIter: ExactSizeIterator;

    /// See [`Client::prepare`].
    fn prepare(&self, sql: &str) -> impl Future<Output = Result<Statement, Error>> + Send;

    /// See [`Client::prepare_typed`].
    fn prepare_typed(
        &self,
        sql: &str,
        types: &[Type],
    ) -> impl Future<Output = Result<Statement, Error>> + Send;

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

            async fn query_raw<Q, P, I>(&self, query: &Q, params: I) -> Result<RowStream, Error>
            where
                Q: ?Sized + Query,
                P: BorrowToSql,
                I: IntoIterator<Item = P> + Sync + Send,
                I::IntoIter: ExactSizeIterator,
            {
                self.query_raw(query, params).await
            }

            async fn query_typed(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Vec<Row>, Error> {
                self.query_typed(sql, params).await
            }

            async fn query_typed_one(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Row, Error> {
                self.query_typed_one(sql, params).await
            }

            async fn query_typed_opt(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Option<Row>, Error> {
                self.query_typed_opt(sql, params).await
            }

            async fn query_typed_raw<P, I>(&self, sql: &str, params: I) -> Result<RowStream, Error>
            where
                P: BorrowToSql,
                I: IntoIterator<Item = (P, Type)> + Sync + Send,
            {
                self.query_typed_raw(sql, params).await
            }

            async fn execute<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<u64, Error> {
                self.execute(query, params).await
            }

            async fn execute_typed(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<u64, Error> {
                self.execute_typed(sql, params).await
            }

            async fn execute_raw<Q, P, I>(&self, query: &Q, params: I) -> Result<u64, Error>
            where
                Q: ?Sized + Query,
                P: BorrowToSql,
                I: IntoIterator<Item = P> + Sync + Send,
                I::IntoIter: ExactSizeIterator,
            {
                self.execute_raw(query, params).await
            }

            async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
                self.prepare(sql).await
            }

            async fn prepare_typed(&self, sql: &str, types: &[Type]) -> Result<Statement, Error> {
                self.prepare_typed(sql, types).await
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
