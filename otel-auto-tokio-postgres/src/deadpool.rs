//! Pools of `deadpool_postgres`.

use std::{
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use deadpool_postgres::{Object, PoolError, StatementCache, Timeouts};
use otel_auto_core::{
    Failure,
    db::{self, PoolState},
};
use tokio_postgres::{Error, types::Type};

use crate::{
    Client, Connection, Server, Statement, Transaction, error,
    recorder::{CONVENTION, Recorder},
};

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

impl PooledClient {
    /// A statement from the connection's cache, prepared if it is not in there. See
    /// [`ClientWrapper::prepare_cached`](deadpool_postgres::ClientWrapper::prepare_cached).
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn prepare_cached(&self, sql: &str) -> Result<Statement, Error> {
        self.prepare_typed_cached(sql, &[]).await
    }

    /// The same, with the types of its parameters. See
    /// [`ClientWrapper::prepare_typed_cached`](deadpool_postgres::ClientWrapper::prepare_typed_cached).
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn prepare_typed_cached(
        &self,
        sql: &str,
        types: &[Type],
    ) -> Result<Statement, Error> {
        let cache = &self.statement_cache;
        let call = cache.prepare_typed(self.client(), sql, types);
        self.recorder.prepare_cached(sql, call).await
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
        self.prepare_typed_cached(sql, &[]).await
    }

    /// The same, with the types of its parameters. See
    /// [`Transaction::prepare_typed_cached`](deadpool_postgres::Transaction::prepare_typed_cached).
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub async fn prepare_typed_cached(
        &self,
        sql: &str,
        types: &[Type],
    ) -> Result<Statement, Error> {
        match &self.recorder.cache {
            Some(cache) => {
                let call = cache.prepare_typed(self.client(), sql, types);
                self.recorder.prepare_cached(sql, call).await
            }
            None => self.prepare_typed(sql, types).await,
        }
    }
}

/// A client that a pool has lent.
pub type PooledClient = Client<Lent>;

/// A connection out of a pool. It dereferences to the connection itself.
pub struct Lent {
    // Before its time: it goes back first.
    object: Object,
    _lent: db::Lent,
}

impl Connection for Lent {
    fn client(&self) -> &tokio_postgres::Client {
        &self.object
    }

    fn client_mut(&mut self) -> &mut tokio_postgres::Client {
        &mut self.object
    }

    fn statement_cache(&self) -> Option<Arc<StatementCache>> {
        self.object.statement_cache()
    }
}

impl Deref for Lent {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Object {
        &mut self.object
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// A pool whose clients are recorded, and which has metrics of its own: `db.client.connection.*`, but for the time it
/// takes to make a connection. It dereferences to the pool itself; clients from there are not recorded.
#[derive(Clone)]
pub struct Pool {
    inner: deadpool_postgres::Pool,
    recorder: Recorder,
    metrics: db::Pool,
}

impl Pool {
    /// A client of the pool. See [`deadpool_postgres::Pool::get`].
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn get(&self) -> Result<PooledClient, PoolError> {
        self.lent(self.inner.get()).await
    }

    /// A client of the pool, with timeouts of its own. See [`deadpool_postgres::Pool::timeout_get`].
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn timeout_get(&self, timeouts: &Timeouts) -> Result<PooledClient, PoolError> {
        self.lent(self.inner.timeout_get(timeouts)).await
    }

    async fn lent(
        &self,
        object: impl Future<Output = Result<Object, PoolError>>,
    ) -> Result<PooledClient, PoolError> {
        let waiting = self.metrics.wait();
        let object = match object.await {
            Ok(object) => object,
            Err(error) => {
                self.recorder
                    .not_connected(waiting.waited(), not_lent(&error));
                if let PoolError::Timeout(_) = error {
                    waiting.timed_out();
                }
                return Err(error);
            }
        };
        waiting.acquired();
        let lent = Lent {
            object,
            _lent: self.metrics.lend(),
        };
        Ok(Client::new(lent, self.recorder.clone()))
    }
}

fn not_lent(error: &PoolError) -> Failure<'_> {
    Failure::new(match error {
        PoolError::Timeout(_) => "timeout",
        PoolError::Backend(error) => {
            return error::failure(error).unwrap_or_else(|| Failure::new("pool_error"));
        }
        PoolError::Closed => "pool_closed",
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => "pool_error",
    })
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
    ///
    /// The server and its database also name the pool. Telemetry goes to the providers of the current context, if it
    /// has some, else to the process's.
    fn traced(self, server: impl Into<Server>) -> Pool;
}

impl TracedPool for deadpool_postgres::Pool {
    fn traced(self, server: impl Into<Server>) -> Pool {
        let server = server.into();
        let metrics = db::Pool::new(&CONVENTION, server.pool_name());
        let pool = self.clone();
        metrics.observe(move || Some(state(&pool)));
        Pool {
            inner: self,
            recorder: Recorder::of_pool(server, &metrics),
            metrics,
        }
    }
}

fn state(pool: &deadpool_postgres::Pool) -> PoolState {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let status = pool.status();
    PoolState::new()
        .idle(number(status.available))
        .used(number(status.size.saturating_sub(status.available)))
        .max(number(status.max_size))
}
