//! Pools of r2d2, for blocking connections.

use std::time::Duration;

use ::r2d2::ManageConnection;
use otel_auto_core::{Failure, db::PoolState};

use super::{Pool, PooledConnection, TIMEOUT, counted, sealed::State};

impl<M: ManageConnection> Pool<::r2d2::Pool<M>> {
    /// A connection of the pool. See [`r2d2::Pool::get`].
    ///
    /// # Errors
    ///
    /// That of the pool: there was no connection in time.
    pub fn get(&self) -> Result<PooledConnection<::r2d2::PooledConnection<M>>, ::r2d2::Error> {
        let waiting = self.metrics.wait();
        self.taken(waiting, self.inner.get(), |_| Failure::new(TIMEOUT))
    }

    /// A connection of the pool, if there is one within this time. See [`r2d2::Pool::get_timeout`].
    ///
    /// # Errors
    ///
    /// That of the pool: there was no connection in time.
    pub fn get_timeout(
        &self,
        timeout: Duration,
    ) -> Result<PooledConnection<::r2d2::PooledConnection<M>>, ::r2d2::Error> {
        let waiting = self.metrics.wait();
        let taken = self.inner.get_timeout(timeout);
        self.taken(waiting, taken, |_| Failure::new(TIMEOUT))
    }

    /// A connection of the pool, if one is idle; that there is none is recorded nowhere. See [`r2d2::Pool::try_get`].
    #[must_use]
    pub fn try_get(&self) -> Option<PooledConnection<::r2d2::PooledConnection<M>>> {
        let waiting = self.metrics.wait();
        let connection = self.inner.try_get()?;
        Some(self.lent(waiting, connection))
    }
}

impl<M: ManageConnection> State for ::r2d2::Pool<M> {
    fn observed(&self) -> PoolState {
        let state = self.state();
        counted(
            state.connections,
            state.idle_connections,
            self.max_size(),
            self.min_idle(),
        )
    }
}
