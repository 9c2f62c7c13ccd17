//! Transactions.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Buf;
use otel_auto_core::db::commented;
use tokio_postgres::{
    CopyInSink, CopyOutStream, Error, IsolationLevel, Portal, Row, SimpleQueryMessage,
    types::{BorrowToSql, FromSqlOwned, ToSql, Type},
};

use crate::{
    Query, RowStream, SimpleQueryStream, Statement,
    queries::queries,
    recorder::{self, Recorder, SYSTEM, parameters},
    rows,
};

/// A transaction whose calls are recorded. Dropped, it is rolled back, as one of the library.
///
/// It dereferences to the transaction itself. Calls on that are not recorded.
pub struct Transaction<'a> {
    inner: tokio_postgres::Transaction<'a>,
    pub(crate) recorder: Recorder,
}

impl<'a> Transaction<'a> {
    fn new(inner: tokio_postgres::Transaction<'a>, recorder: Recorder) -> Self {
        Self { inner, recorder }
    }

    /// Commits. See [`tokio_postgres::Transaction::commit`].
    ///
    /// # Errors
    ///
    /// Those of the library, here and below.
    pub async fn commit(self) -> Result<(), Error> {
        let call = self.inner.commit();
        self.recorder.transaction("COMMIT", call).await
    }

    /// Rolls back. See [`tokio_postgres::Transaction::rollback`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn rollback(self) -> Result<(), Error> {
        let call = self.inner.rollback();
        self.recorder.transaction("ROLLBACK", call).await
    }

    /// A savepoint. See [`tokio_postgres::Transaction::transaction`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        let call = self.inner.transaction();
        let inner = self.recorder.transaction("SAVEPOINT", call).await?;
        Ok(Transaction::new(inner, self.recorder.clone()))
    }

    /// A savepoint of this name. See [`tokio_postgres::Transaction::savepoint`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn savepoint(&mut self, name: impl Into<String>) -> Result<Transaction<'_>, Error> {
        let call = self.inner.savepoint(name);
        let inner = self.recorder.transaction("SAVEPOINT", call).await?;
        Ok(Transaction::new(inner, self.recorder.clone()))
    }

    /// See [`tokio_postgres::Transaction::bind`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn bind<Q: ?Sized + Query>(
        &self,
        query: &Q,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Portal, Error> {
        let operation = self.recorder.start(query.sql(), &|told| {
            parameters(told, params.iter().copied());
        });
        let call = self.inner.bind(query.statement(), params);
        recorder::run(operation, call, rows::none).await
    }

    /// See [`tokio_postgres::Transaction::bind_raw`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn bind_raw<P, Q, I>(&self, query: &Q, params: I) -> Result<Portal, Error>
    where
        P: BorrowToSql,
        Q: ?Sized + Query,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator,
    {
        let operation = self.recorder.start(query.sql(), &|_| {});
        let call = self.inner.bind_raw(query.statement(), params);
        recorder::run(operation, call, rows::none).await
    }

    /// See [`tokio_postgres::Transaction::query_portal`]. What the portal is of is not known here.
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn query_portal(&self, portal: &Portal, max_rows: i32) -> Result<Vec<Row>, Error> {
        let operation = self.recorder.start(None, &|_| {});
        let call = self.inner.query_portal(portal, max_rows);
        recorder::run(operation, call, |rows| rows::count(rows)).await
    }

    /// See [`tokio_postgres::Transaction::query_portal_raw`]. What the portal is of is not known here.
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn query_portal_raw(
        &self,
        portal: &Portal,
        max_rows: i32,
    ) -> Result<RowStream, Error> {
        let operation = self.recorder.start(None, &|_| {});
        let call = self.inner.query_portal_raw(portal, max_rows);
        recorder::stream(operation, call).await
    }

    fn raw(&self) -> &tokio_postgres::Client {
        self.inner.client()
    }
}

queries!(impl Transaction<'_>);

impl<'a> Deref for Transaction<'a> {
    type Target = tokio_postgres::Transaction<'a>;

    fn deref(&self) -> &tokio_postgres::Transaction<'a> {
        &self.inner
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

/// Builds a [`Transaction`]. See [`tokio_postgres::TransactionBuilder`].
#[must_use = "nothing happens before `start`"]
pub struct TransactionBuilder<'a> {
    inner: tokio_postgres::TransactionBuilder<'a>,
    pub(crate) recorder: Recorder,
}

impl<'a> TransactionBuilder<'a> {
    pub(crate) fn new(inner: tokio_postgres::TransactionBuilder<'a>, recorder: Recorder) -> Self {
        Self { inner, recorder }
    }

    /// Its isolation from others.
    pub fn isolation_level(self, isolation_level: IsolationLevel) -> Self {
        Self {
            inner: self.inner.isolation_level(isolation_level),
            ..self
        }
    }

    /// May it only read?
    pub fn read_only(self, read_only: bool) -> Self {
        Self {
            inner: self.inner.read_only(read_only),
            ..self
        }
    }

    /// May it wait until it cannot fail any more?
    pub fn deferrable(self, deferrable: bool) -> Self {
        Self {
            inner: self.inner.deferrable(deferrable),
            ..self
        }
    }

    /// Begins it.
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn start(self) -> Result<Transaction<'a>, Error> {
        let call = self.inner.start();
        let inner = self.recorder.transaction("BEGIN", call).await?;
        Ok(Transaction::new(inner, self.recorder))
    }
}

impl fmt::Debug for TransactionBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionBuilder").finish_non_exhaustive()
    }
}
