//! Pools of bb8, whichever makes their connections: `bb8-redis`, or the feature `bb8` of redis.

use ::bb8::{ManageConnection, RunError};
use otel_auto_core::{Failure, db::PoolState};

use super::{Pool, PooledConnection, TIMEOUT, counted, reason, sealed::State};

impl<M: ManageConnection> Pool<::bb8::Pool<M>> {
    /// A connection of the pool. See [`bb8::Pool::get`].
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn get(
        &self,
    ) -> Result<PooledConnection<::bb8::PooledConnection<'_, M>>, RunError<M::Error>> {
        let waiting = self.metrics.wait();
        self.taken(waiting, self.inner.get().await, not_lent)
    }

    /// A connection that does not borrow the pool. See [`bb8::Pool::get_owned`].
    ///
    /// # Errors
    ///
    /// Those of the pool.
    pub async fn get_owned(
        &self,
    ) -> Result<PooledConnection<::bb8::PooledConnection<'static, M>>, RunError<M::Error>> {
        let waiting = self.metrics.wait();
        self.taken(waiting, self.inner.get_owned().await, not_lent)
    }
}

fn not_lent<E: 'static>(error: &RunError<E>) -> Failure<'static> {
    match error {
        RunError::TimedOut => Failure::new(TIMEOUT),
        RunError::User(error) => reason(error),
    }
}

impl<M: ManageConnection> State for ::bb8::Pool<M> {
    fn observed(&self) -> PoolState {
        let (state, config) = (self.state(), self.config());
        counted(
            state.connections,
            state.idle_connections,
            config.max_size,
            config.min_idle,
        )
    }
}
