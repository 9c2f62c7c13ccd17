//! The wrapper, and the ways to make one.

#[cfg(feature = "deadpool")]
use std::sync::Arc;
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Buf;
#[cfg(feature = "deadpool")]
use deadpool_postgres::StatementCache;
use otel_auto_core::{Providers, db::commented};
use tokio_postgres::{
    CopyInSink, CopyOutStream, Error, Row, SimpleQueryMessage,
    types::{BorrowToSql, FromSqlOwned, ToSql, Type},
};

use crate::{
    Query, RowStream, Server, SimpleQueryStream, Statement, Transaction, TransactionBuilder,
    queries::queries,
    recorder::{self, Recorder, SYSTEM, parameters},
    rows,
};

/// Something that holds a client: the client itself, or one that a pool has lent.
pub trait Connection: Send + Sync {
    /// The client.
    fn client(&self) -> &tokio_postgres::Client;

    /// The client, for transactions.
    fn client_mut(&mut self) -> &mut tokio_postgres::Client;

    /// The statements that a pool keeps with the client.
    #[cfg(feature = "deadpool")]
    fn statement_cache(&self) -> Option<Arc<StatementCache>> {
        None
    }
}

impl Connection for tokio_postgres::Client {
    fn client(&self) -> &tokio_postgres::Client {
        self
    }

    fn client_mut(&mut self) -> &mut tokio_postgres::Client {
        self
    }
}

/// A client whose calls are recorded: see the [crate's documentation](crate).
pub struct Client<C = tokio_postgres::Client> {
    inner: C,
    pub(crate) recorder: Recorder,
}

impl<C: Connection> Client<C> {
    pub(crate) fn new(inner: C, recorder: Recorder) -> Self {
        Self { inner, recorder }
    }

    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            recorder: self.recorder.providers(providers),
            ..self
        }
    }

    /// Gives back what is wrapped.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    /// Begins a transaction. See [`tokio_postgres::Client::transaction`].
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        self.build_transaction().start().await
    }

    /// A transaction with settings of its own. See [`tokio_postgres::Client::build_transaction`].
    pub fn build_transaction(&mut self) -> TransactionBuilder<'_> {
        let recorder = self.recorder.clone();
        #[cfg(feature = "deadpool")]
        let recorder = recorder.cache(self.inner.statement_cache());
        TransactionBuilder::new(self.inner.client_mut().build_transaction(), recorder)
    }

    fn raw(&self) -> &tokio_postgres::Client {
        self.inner.client()
    }
}

queries!(impl<C: Connection> Client<C>);

/// What is wrapped. Calls on it are not recorded.
impl<C> Deref for Client<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.inner
    }
}

impl<C> DerefMut for Client<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Makes a recorded client of a client.
pub trait Traced: Connection + Sized {
    /// Records the calls on this client, which leads to this server: `&config`, or [`Server::new`].
    #[must_use]
    fn traced(self, server: impl Into<Server>) -> Client<Self> {
        Client::new(self, Recorder::new(server.into()))
    }
}

impl<C: Connection> Traced for C {}
