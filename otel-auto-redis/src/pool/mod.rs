//! Pools of connections.

#[cfg(feature = "bb8")]
mod bb8;
#[cfg(feature = "deadpool-012")]
mod deadpool_0_12;
#[cfg(feature = "deadpool")]
mod deadpool_0_13;
mod lent;
#[cfg(feature = "r2d2")]
mod r2d2;

use std::{fmt, ops::Deref, sync::LazyLock};

use otel_auto_core::{
    Failure, Instrumenter,
    db::{self, DbClient, DbRequest, Pending, PoolState},
};

pub use self::lent::{Lent, PooledConnection};
use crate::{
    Connection, Server,
    convention::{CONVENTION, SYSTEM},
    recorder::Recorder,
    server::Place,
};

/// For connections that could not be had: there are no commands to tell of yet.
static CONNECTING: LazyLock<Instrumenter<DbClient>> =
    LazyLock::new(|| Instrumenter::new(CONVENTION));

/// A pool whose connections are recorded, and which has metrics of its own: see the
/// [crate's documentation](crate#pools).
///
/// It dereferences to the pool itself; connections from there are not recorded.
#[derive(Clone)]
pub struct Pool<P> {
    inner: P,
    recorder: Recorder,
    connecting: Instrumenter<DbClient>,
    metrics: db::Pool,
}

impl<P> Pool<P> {
    /// Replaces keys, too, in the `db.query.text` of all its connections.
    #[must_use]
    pub fn hide_keys(mut self) -> Self {
        self.recorder.keys = false;
        self
    }

    fn lent<C>(&self, waiting: Pending, connection: C) -> PooledConnection<C> {
        waiting.acquired();
        PooledConnection::new(Connection {
            inner: Lent::new(connection, self.metrics.lend()),
            recorder: self.recorder.clone(),
        })
    }

    /// What the wait for a connection has come to.
    fn taken<C, E>(
        &self,
        waiting: Pending,
        taken: Result<C, E>,
        reason: impl FnOnce(&E) -> Failure<'static>,
    ) -> Result<PooledConnection<C>, E> {
        match taken {
            Ok(connection) => Ok(self.lent(waiting, connection)),
            Err(error) => {
                let failure = reason(&error);
                let in_time = failure.error_type != TIMEOUT;
                let request = self.recorder.server.of(DbRequest::new(SYSTEM));
                db::not_connected(&self.connecting, waiting.waited(), request, failure);
                if !in_time {
                    waiting.timed_out();
                }
                Err(error)
            }
        }
    }
}

const TIMEOUT: &str = "timeout";

impl<P> Deref for Pool<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.inner
    }
}

impl<P> fmt::Debug for Pool<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("server", &self.recorder.server)
            .finish_non_exhaustive()
    }
}

/// Makes a recorded pool of a pool.
pub trait TracedPool: State + Sized {
    /// Records the calls on the connections of this pool, which lead to this server: `&client`, `("localhost", 6379)`,
    /// or [`Server::from_url`].
    ///
    /// The server also names the pool. Telemetry goes to the providers of the current context, if it has some, else to
    /// the process's.
    #[must_use]
    fn traced_pool(self, server: impl Into<Server>) -> Pool<Self> {
        let server = server.into();
        let address = match &server.0 {
            Place::Tcp(host, port) => Some((&**host, Some(*port))),
            Place::Unix(path) => Some((&**path, None)),
            Place::Unknown => None,
        };
        let metrics = db::Pool::new(&CONVENTION, db::Pool::name_of(address, None));
        let pool = self.clone();
        metrics.observe(move || Some(pool.observed()));
        Pool {
            inner: self,
            recorder: Recorder::of_pool(server, &metrics),
            connecting: metrics.instrumenter(&CONNECTING),
            metrics,
        }
    }
}

impl<P: State> TracedPool for P {}

mod sealed {
    use super::PoolState;

    /// A pool that says how it is.
    pub trait State: Clone + Send + Sync + 'static {
        fn observed(&self) -> PoolState;
    }
}
use sealed::State;

/// How a pool is that counts the idle ones among its connections.
#[cfg(any(feature = "bb8", feature = "r2d2"))]
fn counted(connections: u32, idle: u32, max: u32, idle_min: Option<u32>) -> PoolState {
    let observed = PoolState::new()
        .idle(idle.into())
        .used(connections.saturating_sub(idle).into())
        .max(max.into());
    match idle_min {
        Some(idle_min) => observed.idle_min(idle_min.into()),
        None => observed,
    }
}

/// Why no connection could be made, from an error that is most likely one of redis.
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "deadpool-012"))]
fn reason(error: &dyn std::any::Any) -> Failure<'static> {
    #[cfg(feature = "redis-1")]
    if let Some(error) = error.downcast_ref() {
        return crate::v1::reply::not_connected(error);
    }
    #[cfg(feature = "redis-032")]
    if let Some(error) = error.downcast_ref() {
        return crate::v0_32::reply::not_connected(error);
    }
    Failure::new(crate::error::OTHER)
}
