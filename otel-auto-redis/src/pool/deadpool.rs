//! Pools of deadpool, and so of `deadpool-redis`: of single servers, of clusters and of those that sentinels name.

use otel_auto_core::{Failure, db::PoolState};

use super::deadpool::managed::{self, Manager, Object, PoolError, Timeouts};
use crate::pool::{Pool, PooledConnection, TIMEOUT, reason, sealed::State};

impl<M, W> Pool<managed::Pool<M, W>>
where
    M: Manager<Error: 'static>,
    W: From<Object<M>>,
{
    /// A connection of the pool. See `deadpool_redis::Pool::get`.
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn get(&self) -> Result<PooledConnection<W>, PoolError<M::Error>> {
        let waiting = self.metrics.wait();
        self.taken(waiting, self.inner.get().await, not_lent)
    }

    /// A connection of the pool, with timeouts of its own. See `deadpool_redis::Pool::timeout_get`.
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn timeout_get(
        &self,
        timeouts: &Timeouts,
    ) -> Result<PooledConnection<W>, PoolError<M::Error>> {
        let waiting = self.metrics.wait();
        self.taken(waiting, self.inner.timeout_get(timeouts).await, not_lent)
    }
}

fn not_lent<E: 'static>(error: &PoolError<E>) -> Failure<'static> {
    Failure::new(match error {
        PoolError::Timeout(_) => TIMEOUT,
        PoolError::Backend(error) => return reason(error),
        PoolError::Closed => "pool_closed",
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => "pool_error",
    })
}

impl<M, W> State for managed::Pool<M, W>
where
    M: Manager + 'static,
    W: From<Object<M>> + 'static,
    Self: Clone + Send + Sync,
{
    fn observed(&self) -> PoolState {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let status = self.status();
        PoolState::new()
            .idle(number(status.available))
            .used(number(status.size.saturating_sub(status.available)))
            .max(number(status.max_size))
    }
}
