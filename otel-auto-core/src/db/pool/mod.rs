//! The metrics of connection pools: `db.client.connection.*` (semantic conventions, `db/database-metrics.md`).

mod instruments;
mod registry;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use opentelemetry::{Context, KeyValue};

use self::{instruments::Bound, registry::Scope};
use super::DbClient;
use crate::{Instrumentation, Instrumenter, Providers, semconv};

pub(crate) use registry::providers_installed;

/// A pool of connections, as its metrics tell of it.
///
/// It may be made before there are providers, and follows those that are installed. What is counted all the time is
/// [observed](Self::observe) when metrics are collected; what happens is recorded when it happens, without a lock. With
/// the last clone of a pool its metrics end.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use otel_auto_core::db::{DbClient, Pool, PoolState};
/// # struct Driver;
/// # impl Driver { fn idle(&self) -> u64 { 3 } fn size(&self) -> u64 { 5 } }
/// # let driver = Arc::new(Driver);
///
/// const CLIENT: DbClient = DbClient::new("my-driver", "0.1.0", "my-driver");
/// let pool = Pool::new(&CLIENT, Pool::name_of(Some(("db.example", Some(5432))), Some("shop")));
/// let weak = Arc::downgrade(&driver);
/// pool.observe(move || {
///     let driver = weak.upgrade()?;
///     Some(PoolState::new().idle(driver.idle()).used(driver.size() - driver.idle()).max(10))
/// });
///
/// let wait = pool.wait();     // one pending request
/// wait.acquired();            // or `timed_out`; dropped, the caller went away
/// let lent = pool.lend();     // a connection is in use, until this is dropped
/// # drop(lent);
/// pool.created(Duration::from_millis(12));
/// ```
#[derive(Clone)]
#[must_use = "with the last clone of a pool its metrics end"]
pub struct Pool(Arc<Shared>);

struct Shared {
    scope: Scope,
    name: Arc<str>,
    own: Option<Providers>,
    state: Mutex<Option<Observe>>,
    pending: AtomicI64,
    /// Has anybody ever been counted as waiting?
    counts_pending: AtomicBool,
    bound: ArcSwapOption<Bound>,
}

type Observe = Arc<dyn Fn() -> Option<PoolState> + Send + Sync>;

impl Pool {
    /// A pool of this name, of the crate that the convention was made for.
    ///
    /// The name is the program's own for the pool, or [`name_of`](Self::name_of) its server; pools of one name are
    /// added up. Its metrics go to the providers of the current context, if it has some, else to the process's.
    pub fn new(client: &DbClient, name: impl Into<Arc<str>>) -> Self {
        let own = Context::map_current(|context| context.get::<Providers>().cloned());
        Self::with(client, name.into(), own)
    }

    /// The same with these providers instead.
    pub fn with_providers(
        client: &DbClient,
        name: impl Into<Arc<str>>,
        providers: Providers,
    ) -> Self {
        Self::with(client, name.into(), Some(providers))
    }

    fn with(client: &DbClient, name: Arc<str>, own: Option<Providers>) -> Self {
        let scope = registry::scope(client);
        let pool = Arc::new(Shared {
            scope,
            name,
            own,
            state: Mutex::default(),
            pending: AtomicI64::new(0),
            counts_pending: AtomicBool::new(false),
            bound: ArcSwapOption::empty(),
        });
        registry::add(&pool);
        // What is observed must be registered, although nothing may ever be recorded.
        if let Some(providers) = pool.own.clone().or_else(Providers::installed) {
            instruments::of(&providers, scope);
        }
        Self(pool)
    }

    /// The name of a pool that the program gave none: `{server}:{port}/{namespace}`, of which what is not known is left
    /// out. A socket has no port.
    #[must_use]
    pub fn name_of(server: Option<(&str, Option<u16>)>, namespace: Option<&str>) -> String {
        let server = server.map(|(host, port)| match port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        match (server, namespace) {
            (Some(server), Some(namespace)) => format!("{server}/{namespace}"),
            (Some(server), None) => server,
            (None, Some(namespace)) => namespace.to_owned(),
            (None, None) => "default".to_owned(),
        }
    }

    /// The pool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The same instrumenter, with the providers that the pool's metrics go to: for what its connections do.
    #[must_use]
    pub fn instrumenter<I: Instrumentation>(&self, of: &Instrumenter<I>) -> Instrumenter<I> {
        match &self.0.own {
            Some(own) => of.providers(own.clone()),
            None => of.clone(),
        }
    }

    /// How the pool is told when metrics are collected; `None` once it is gone. Replaces an earlier one.
    ///
    /// It is called on the exporter's thread, so it must neither block nor panic.
    pub fn observe(&self, state: impl Fn() -> Option<PoolState> + Send + Sync + 'static) {
        *self.0.state() = Some(Arc::new(state));
    }

    /// Somebody waits for a connection from now on: counted as pending until the guard is gone.
    pub fn wait(&self) -> Pending {
        self.0.counts_pending.store(true, Ordering::Relaxed);
        self.0.pending.fetch_add(1, Ordering::Relaxed);
        Pending {
            pool: self.clone(),
            started: Instant::now(),
        }
    }

    /// A connection is used from now on: for how long is recorded when the guard is dropped.
    pub fn lend(&self) -> Lent {
        Lent {
            pool: self.clone(),
            since: Some(Instant::now()),
        }
    }

    /// A connection was got after this time.
    pub fn waited(&self, duration: Duration) {
        let _ = self.record(|bound| bound.wait(duration));
    }

    /// Nobody got a connection in time.
    pub fn timed_out(&self) {
        let _ = self.record(Bound::timed_out);
    }

    /// A new connection was made in this time.
    pub fn created(&self, duration: Duration) {
        let _ = self.record(|bound| bound.create(duration));
    }

    /// A connection was given back after this time, where no guard [lends](Self::lend) it.
    pub fn used(&self, duration: Duration) {
        let _ = self.record(|bound| bound.used(duration));
    }

    /// Does anybody look at what happens to it? If not, nothing has to be told.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.record(Bound::is_measured).unwrap_or_default()
    }

    fn record<T>(&self, record: impl FnOnce(&Bound) -> T) -> Option<T> {
        let pool = &*self.0;
        let wanted = match &pool.own {
            Some(own) => own.id(),
            None => Providers::installed_id(),
        };
        if wanted == 0 {
            return None;
        }
        match &*pool.bound.load() {
            Some(bound) if bound.providers == wanted => Some(record(bound)),
            _ => pool.rebind().map(|bound| record(&bound)),
        }
    }
}

impl Shared {
    #[cold]
    fn rebind(&self) -> Option<Arc<Bound>> {
        let providers = self.own.clone().or_else(Providers::installed)?;
        let instruments = instruments::of(&providers, self.scope);
        let name = KeyValue::new(
            semconv::DB_CLIENT_CONNECTION_POOL_NAME,
            Arc::clone(&self.name),
        );
        let bound = Arc::new(Bound::new(providers.id(), instruments, name));
        self.bound.store(Some(Arc::clone(&bound)));
        Some(bound)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Option<Observe>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn observed(&self) -> PoolState {
        // Outside of the lock: it may end the pool.
        let observe = self.state().clone();
        let mut state = observe.and_then(|observe| observe()).unwrap_or_default();
        if state.pending.is_none() && self.counts_pending.load(Ordering::Relaxed) {
            let pending = self.pending.load(Ordering::Relaxed);
            state.pending = Some(u64::try_from(pending).unwrap_or_default());
        }
        state
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// Somebody who waits for a connection. Dropped without one, they went away.
#[derive(Debug)]
#[must_use = "dropping it ends the wait without a connection"]
pub struct Pending {
    pool: Pool,
    started: Instant,
}

impl Pending {
    /// For how long until now.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.started.elapsed()
    }

    /// The connection is there: records how long it took.
    pub fn acquired(self) {
        self.pool.waited(self.waited());
    }

    /// There was none in time.
    pub fn timed_out(self) {
        self.pool.timed_out();
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.pool.0.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that somebody uses. Dropped, it was given back, and its time of use is recorded.
///
/// Keep it behind the connection, in a struct's order of fields, so that the connection goes back first. It keeps the
/// pool's metrics alive.
#[derive(Debug)]
#[must_use = "dropping it ends the connection's use"]
pub struct Lent {
    pool: Pool,
    /// Nothing if nobody will know when it ends.
    since: Option<Instant>,
}

impl Lent {
    /// The connection goes where nobody sees when it is given back: no time of use is recorded.
    pub fn out_of_sight(mut self) {
        self.since = None;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.pool.used(since.elapsed());
        }
    }
}

/// What a pool is at one moment. What is not known is left out of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct PoolState {
    idle: Option<u64>,
    used: Option<u64>,
    idle_max: Option<u64>,
    idle_min: Option<u64>,
    max: Option<u64>,
    pending: Option<u64>,
}

macro_rules! known {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        impl PoolState {
            /// Nothing is known.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[$doc])+
                pub const fn $name(mut self, $name: u64) -> Self {
                    self.$name = Some($name);
                    self
                }
            )+

            /// Of pools with the same name.
            fn add(self, other: Self) -> Self {
                let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
                    (Some(one), Some(other)) => Some(one.saturating_add(other)),
                    (one, other) => one.or(other),
                };
                Self { $($name: sum(self.$name, other.$name)),+ }
            }
        }
    };
}

known! {
    /// Open connections that nobody uses.
    idle,
    /// Connections that somebody uses.
    used,
    /// The most idle connections that are kept.
    idle_max,
    /// The fewest idle connections that are kept.
    idle_min,
    /// The most open connections.
    max,
    /// Those who wait for a connection, where the pool itself counts them. Others [`wait`](Pool::wait).
    pending,
}
