//! Pools: one for each server, counted from their events.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mongodb::{
    event::cmap::{CmapEvent, ConnectionCheckoutFailedReason, ConnectionPoolOptions},
    options::ServerAddress,
};
use otel_auto_core::{
    Failure, Instrumenter, Providers,
    db::{self, DbClient, PoolState},
};

use crate::{
    commands::Commands,
    traced::{CONVENTION, Place, request},
};

pub(crate) struct Pools {
    instrumenter: Instrumenter<DbClient>,
    own: Option<Providers>,
    commands: Arc<Commands>,
    /// Taken when connections come and go, and are lent.
    pools: Mutex<HashMap<ServerAddress, Pool>>,
}

struct Pool {
    metrics: db::Pool,
    connections: Arc<Mutex<Connections>>,
}

/// The connections that are there, and since when they are lent.
type Connections = HashMap<u32, Option<Instant>>;

impl Pools {
    pub(crate) fn new(
        instrumenter: Instrumenter<DbClient>,
        own: Option<Providers>,
        commands: Arc<Commands>,
    ) -> Self {
        Self {
            instrumenter,
            own,
            commands,
            pools: Mutex::default(),
        }
    }

    pub(crate) fn on(&self, event: &CmapEvent) {
        match event {
            CmapEvent::PoolCreated(event) => self.created(&event.address, event.options.as_ref()),
            CmapEvent::PoolClosed(event) => {
                let gone = self.pools().remove(&event.address);
                drop(gone);
            }
            CmapEvent::ConnectionReady(event) => self.of(&event.address, |pool| {
                pool.connections().insert(event.connection_id, None);
                pool.metrics.created(event.duration);
            }),
            CmapEvent::ConnectionCheckedOut(event) => self.of(&event.address, |pool| {
                let since = Some(Instant::now());
                pool.connections().insert(event.connection_id, since);
                pool.metrics.waited(event.duration);
            }),
            CmapEvent::ConnectionCheckedIn(event) => self.of(&event.address, |pool| {
                let since = pool.connections().insert(event.connection_id, None);
                if let Some(since) = since.flatten() {
                    pool.metrics.used(since.elapsed());
                }
            }),
            CmapEvent::ConnectionClosed(event) => {
                self.commands.closed(&event.address, event.connection_id);
                self.of(&event.address, |pool| {
                    pool.connections().remove(&event.connection_id);
                });
            }
            CmapEvent::ConnectionCheckoutFailed(event) => {
                let timed_out = event.reason == ConnectionCheckoutFailedReason::Timeout;
                if timed_out {
                    self.of(&event.address, |pool| pool.metrics.timed_out());
                }
                let kind = if timed_out {
                    "timeout"
                } else {
                    "connection_error"
                };
                self.not_lent(&event.address, event.duration, kind);
            }
            _ => {}
        }
    }

    fn created(&self, address: &ServerAddress, options: Option<&ConnectionPoolOptions>) {
        let place = Place::from(address);
        let server = match &place {
            Place::Tcp(host, port) => (*host, Some(*port)),
            Place::Socket(path) => (path.as_str(), None),
        };
        let name = db::Pool::name_of(Some(server), None);
        let metrics = match &self.own {
            Some(own) => db::Pool::with_providers(&CONVENTION, name, own.clone()),
            None => db::Pool::new(&CONVENTION, name),
        };
        let connections = Arc::<Mutex<Connections>>::default();
        let observed = Arc::clone(&connections);
        let max = options.and_then(|options| options.max_pool_size);
        let min = options.and_then(|options| options.min_pool_size);
        metrics.observe(move || Some(state(&observed, max, min)));
        let pool = Pool {
            metrics,
            connections,
        };
        let before = self.pools().insert(address.clone(), pool);
        drop(before);
    }

    /// A connection that a request waited for in vain.
    fn not_lent(&self, address: &ServerAddress, waited: Duration, kind: &'static str) {
        let place = Place::from(address);
        let failure = Failure::new(kind);
        db::not_connected(&self.instrumenter, waited, request(&place), failure);
    }

    fn of(&self, address: &ServerAddress, act: impl FnOnce(&Pool)) {
        if let Some(pool) = self.pools().get(address) {
            act(pool);
        }
    }

    fn pools(&self) -> MutexGuard<'_, HashMap<ServerAddress, Pool>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    fn connections(&self) -> MutexGuard<'_, Connections> {
        lock(&self.connections)
    }
}

fn lock(connections: &Mutex<Connections>) -> MutexGuard<'_, Connections> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}

fn state(connections: &Mutex<Connections>, max: Option<u32>, min: Option<u32>) -> PoolState {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let connections = lock(connections);
    let lent = connections.values().filter(|since| since.is_some()).count();
    let mut state = PoolState::new()
        .used(number(lent))
        .idle(number(connections.len() - lent));
    if let Some(max) = max {
        state = state.max(max.into());
    }
    if let Some(min) = min {
        state = state.idle_min(min.into());
    }
    state
}
