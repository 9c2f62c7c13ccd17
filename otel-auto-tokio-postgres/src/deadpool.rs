//! Pools of `deadpool_postgres`.

use std::{fmt, ops::Deref, sync::Arc};

use deadpool_postgres::{Object, PoolError, StatementCache};
use otel_auto_core::Providers;
use tokio_postgres::Error;

use crate::{Client, Connection, Server, Statement, Transaction, recorder::Recorder};

impl Connection for Object {
    fn client(&self) -> &tokio_postgres::Client {
        self
    }

    fn client_mut(&mut self) -> &mut tokio_postgres::Client {
        self
    }

    fn statement_cache(&self) -> Option<Arc<StatementCache>> {
        Some(Arc::clone(&self.statement_cache))
    }
}

impl Client<Object> {
    /// A statement from the connection's cache, prepared if it is not in there. See
    /// [`ClientWrapper::prepare_cached`](deadpool_postgres::ClientWrapper::prepare_cached).
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn prepare_cached(&self, sql: &str) -> Result<Statement, Error> {
        let statement = self.statement_cache.prepare(self.client(), sql).await?;
        Ok(Statement::new(statement, sql))
    }
}

impl Transaction<'_> {
    /// A statement from the connection's cache, prepared if it is not in there. See
    /// [`Transaction::prepare_cached`](deadpool_postgres::Transaction::prepare_cached).
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn prepare_cached(&self, sql: &str) -> Result<Statement, Error> {
        match &self.recorder.cache {
            Some(cache) => {
                let statement = cache.prepare(self.client(), sql).await?;
                Ok(Statement::new(statement, sql))
            }
            None => self.prepare(sql).await,
        }
    }
}

/// A pool whose clients are recorded. It dereferences to the pool itself; clients from there are not recorded.
#[derive(Clone)]
pub struct Pool {
    inner: deadpool_postgres::Pool,
    recorder: Recorder,
}

impl Pool {
    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            recorder: self.recorder.providers(providers),
            ..self
        }
    }

    /// A client of the pool. See [`deadpool_postgres::Pool::get`].
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn get(&self) -> Result<Client<Object>, PoolError> {
        let client = self.inner.get().await?;
        Ok(Client::new(client, self.recorder.clone()))
    }
}

impl Deref for Pool {
    type Target = deadpool_postgres::Pool;

    fn deref(&self) -> &deadpool_postgres::Pool {
        &self.inner
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// Makes a recorded pool of a pool.
pub trait TracedPool {
    /// Records the calls on the clients of this pool, which lead to this server: `&config`, or [`Server::new`].
    #[must_use]
    fn traced(self, server: impl Into<Server>) -> Pool;
}

impl TracedPool for deadpool_postgres::Pool {
    fn traced(self, server: impl Into<Server>) -> Pool {
        Pool {
            inner: self,
            recorder: Recorder::new(server.into()),
        }
    }
}
