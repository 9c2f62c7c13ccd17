use std::{fmt, ops::Deref, sync::Arc};

use futures_core::future::BoxFuture;
use otel_auto_core::{
    Providers,
    db::{Pending, Pool as Metrics, PoolState},
};

use super::{
    Driver, PoolConnection, Statement, Transaction,
    call::Call,
    failure,
    sqlx::{self, Error, acquire::Acquire, database::Database},
};
use crate::{
    calls::{Calls, metrics},
    known,
    target::Target,
};

/// A pool whose queries are recorded: see the [crate's documentation](crate).
///
/// It dereferences to sqlx's own pool, for functions that take one. What runs there is recorded by
/// [`QueryEvents`](crate::QueryEvents) alone.
pub struct Pool<DB: Database>(Arc<Inner<DB>>);

struct Inner<DB: Database> {
    plain: sqlx::pool::Pool<DB>,
    calls: Arc<Calls>,
    name: Option<String>,
    providers: Option<Providers>,
}

/// `.traced()` on sqlx's own pool.
pub trait PoolExt<DB: Driver> {
    /// Records what the pool does: the same as [`Pool::from`].
    fn traced(self) -> Pool<DB>;
}

impl<DB: Driver> PoolExt<DB> for sqlx::pool::Pool<DB> {
    fn traced(self) -> Pool<DB> {
        Pool::from(self)
    }
}

impl<DB: Driver> From<sqlx::pool::Pool<DB>> for Pool<DB> {
    fn from(plain: sqlx::pool::Pool<DB>) -> Self {
        let target = DB::target(&plain.connect_options());
        Self::with(plain, target, None, None)
    }
}

impl<DB: Driver> Pool<DB> {
    fn with(
        plain: sqlx::pool::Pool<DB>,
        target: Target,
        name: Option<String>,
        providers: Option<Providers>,
    ) -> Self {
        let calls = Calls::new(target, name.as_deref(), providers.as_ref());
        let inner = Arc::new(Inner {
            plain,
            calls: Arc::new(calls),
            name,
            providers,
        });
        // A connection that is still out keeps the metrics, which must not keep the pool.
        let pool = Arc::downgrade(&inner);
        inner
            .calls
            .metrics
            .observe(move || pool.upgrade().map(|pool| state(&pool.plain)));
        Self(inner)
    }

    fn changed(&self, target: Target, name: Option<String>, providers: Option<Providers>) -> Self {
        Self::with(self.0.plain.clone(), target, name, providers)
    }

    /// The system, by its name in the conventions, where the driver cannot tell: `mariadb` instead of `mysql`.
    #[must_use]
    pub fn system(self, system: &'static str) -> Self {
        let target = Target {
            system,
            ..Target::clone(&self.calls().target)
        };
        self.changed(target, self.0.name.clone(), self.0.providers.clone())
    }

    /// What the pool is called in its metrics, instead of `{server}:{port}/{namespace}`.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        let target = Target::clone(&self.calls().target);
        self.changed(target, Some(name.into()), self.0.providers.clone())
    }

    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        let target = Target::clone(&self.calls().target);
        self.changed(target, self.0.name.clone(), Some(providers))
    }

    /// sqlx's own pool, for those who keep one: the same connections.
    #[must_use]
    pub fn into_inner(self) -> sqlx::pool::Pool<DB> {
        self.0.plain.clone()
    }

    /// Takes a connection, as [`sqlx::Pool::acquire`](sqlx::pool::Pool::acquire).
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub fn acquire(
        &self,
    ) -> impl Future<Output = Result<PoolConnection<DB>, Error>> + Send + 'static {
        let pool = self.clone();
        async move {
            let pending = pool.calls().metrics.wait();
            let taken = pool.0.plain.acquire().await;
            if let Err(error) = &taken {
                let calls = pool.calls();
                failure::tell::<DB>(calls.target.system, error, |failure| {
                    if let Some(failure) = failure {
                        calls.not_connected(pending.waited(), failure);
                    }
                });
            }
            pool.taken(pending, taken)
        }
    }

    /// What the wait for a connection has come to.
    pub(super) fn taken(
        &self,
        pending: Pending,
        taken: Result<sqlx::pool::PoolConnection<DB>, Error>,
    ) -> Result<PoolConnection<DB>, Error> {
        match taken {
            Ok(connection) => {
                pending.acquired();
                Ok(PoolConnection::new(connection, self.calls()))
            }
            Err(error) => {
                if matches!(error, Error::PoolTimedOut) {
                    pending.timed_out();
                }
                Err(error)
            }
        }
    }

    /// Takes a connection that is idle, as [`sqlx::Pool::try_acquire`](sqlx::pool::Pool::try_acquire).
    #[must_use]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        let connection = self.0.plain.try_acquire()?;
        Some(PoolConnection::new(connection, self.calls()))
    }

    /// Begins a transaction, as [`sqlx::Pool::begin`](sqlx::pool::Pool::begin).
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        self.begin_by(None).await
    }

    pub(in super::super) async fn begin_by(
        &self,
        statement: Option<Statement>,
    ) -> Result<Transaction<'static, DB>, Error> {
        let begin = async {
            let connection = self.acquire().await?;
            connection.into_transaction(statement).await
        };
        Call::<DB>::control(self.calls(), "BEGIN", begin).await
    }

    /// Begins a transaction if a connection is idle, as [`sqlx::Pool::try_begin`](sqlx::pool::Pool::try_begin).
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        let Some(connection) = self.try_acquire() else {
            return Ok(None);
        };
        let begin = connection.into_transaction(None);
        Call::<DB>::control(self.calls(), "BEGIN", begin)
            .await
            .map(Some)
    }
}

impl<DB: Database> Pool<DB> {
    pub(crate) fn calls(&self) -> &Arc<Calls> {
        &self.0.calls
    }
}

impl<DB: Database> Deref for Pool<DB> {
    type Target = sqlx::pool::Pool<DB>;

    fn deref(&self) -> &Self::Target {
        &self.0.plain
    }
}

impl<DB: Database> AsRef<sqlx::pool::Pool<DB>> for Pool<DB> {
    fn as_ref(&self) -> &sqlx::pool::Pool<DB> {
        self
    }
}

impl<DB: Database> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<DB: Database> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.plain.fmt(f)
    }
}

/// For code that is generic over what gives connections. These are sqlx's own, since the trait names them.
impl<'a, DB: Driver> Acquire<'a> for &'_ Pool<DB> {
    type Database = DB;
    type Connection = sqlx::pool::PoolConnection<DB>;

    fn acquire(self) -> BoxFuture<'a, Result<Self::Connection, Error>> {
        let connection = Pool::acquire(self);
        Box::pin(async move { Ok(connection.await?.into_inner()) })
    }

    fn begin(self) -> BoxFuture<'a, Result<sqlx::transaction::Transaction<'a, DB>, Error>> {
        let pool = self.clone();
        Box::pin(async move { Ok(pool.begin().await?.into_inner()) })
    }
}

/// The metrics of a pool of which nothing else is recorded: see [`observe_pool`].
#[derive(Debug)]
#[must_use = "the pool is observed as long as this lives"]
pub struct ObservedPool {
    _metrics: Metrics,
    _target: Arc<Target>,
}

/// Tells of sqlx's own pool as long as what it gives lives, which keeps the pool open: keep it where the pool is kept.
///
/// The metrics are `db.client.connection.count`, `.max`, `.idle.max` and `.idle.min`. The pool does not tell who waits,
/// how long, and how long a connection is used or takes to be made. Besides, [`QueryEvents`](crate::QueryEvents) know
/// server and database.
///
/// ```no_run
/// # async fn example() -> Result<(), sqlx::Error> {
/// let pool = sqlx::PgPool::connect("postgres://db.example/shop").await?;
/// let _observed = otel_auto_sqlx::observe_pool(&pool);
/// # Ok(())
/// # }
/// ```
pub fn observe_pool<DB: Driver>(pool: &sqlx::pool::Pool<DB>) -> ObservedPool {
    let target = Arc::new(DB::target(&pool.connect_options()));
    known::add(&target);
    let metrics = metrics(&target, None, None);
    let pool = pool.clone();
    metrics.observe(move || Some(state(&pool)));
    ObservedPool {
        _metrics: metrics,
        _target: target,
    }
}

fn state<DB: Database>(pool: &sqlx::pool::Pool<DB>) -> PoolState {
    let idle = pool.num_idle() as u64;
    let options = pool.options();
    let max = u64::from(options.get_max_connections());
    PoolState::new()
        .idle(idle)
        .used(u64::from(pool.size()).saturating_sub(idle))
        .max(max)
        // All of them may be idle.
        .idle_max(max)
        .idle_min(u64::from(options.get_min_connections()))
}
