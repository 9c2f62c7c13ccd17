//! Pools: one for each server, counted from their events.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mongodb::{
    event::cmap::{CmapEvent, ConnectionClosedReason, ConnectionPoolOptions},
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

#[derive(Clone)]
struct Pool {
    metrics: db::Pool,
    connections: Arc<Mutex<Connections>>,
}

/// The connections to a server.
#[derive(Default)]
struct Connections {
    /// The clients that were made of the same options: their pools are one here.
    clients: u32,
    /// Since when each is lent, by its number. Each client numbers its own.
    there: HashMap<u32, Vec<Option<Instant>>>,
}

impl Connections {
    fn came(&mut self, number: u32) {
        self.there.entry(number).or_default().push(None);
    }

    fn lent(&mut self, number: u32) {
        if let Some(idle) = self.one(number, Option::is_none) {
            *idle = Some(Instant::now());
        }
    }

    /// How long it was lent.
    fn returned(&mut self, number: u32) -> Option<Duration> {
        let since = self.one(number, Option::is_some)?.take()?;
        Some(since.elapsed())
    }

    /// Was it an idle one? One that never came may go, too: it could not be made.
    fn went(&mut self, number: u32) -> bool {
        let Some(alike) = self.there.get_mut(&number) else {
            return false;
        };
        let idle = alike.iter().position(Option::is_none);
        if let Some(idle) = idle {
            alike.swap_remove(idle);
        }
        if alike.is_empty() {
            self.there.remove(&number);
        }
        idle.is_some()
    }

    fn one(
        &mut self,
        number: u32,
        is_it: impl Fn(&Option<Instant>) -> bool,
    ) -> Option<&mut Option<Instant>> {
        let mut alike = self.there.get_mut(&number)?.iter_mut();
        alike.find(|since| is_it(since))
    }
}

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
            CmapEvent::PoolClosed(event) => self.closed(&event.address),
            CmapEvent::ConnectionReady(event) => self.of(&event.address, |pool| {
                pool.connections().came(event.connection_id);
                pool.metrics.created(event.duration);
            }),
            CmapEvent::ConnectionCheckedOut(event) => {
                self.commands.lent(&event.address, event.connection_id);
                self.of(&event.address, |pool| {
                    pool.connections().lent(event.connection_id);
                    pool.metrics.waited(event.duration);
                });
            }
            CmapEvent::ConnectionCheckedIn(event) => {
                self.commands.returned(&event.address, event.connection_id);
                self.of(&event.address, |pool| {
                    let used = pool.connections().returned(event.connection_id);
                    if let Some(used) = used {
                        pool.metrics.used(used);
                    }
                });
            }
            CmapEvent::ConnectionClosed(event) => {
                self.went(&event.address, event.connection_id, &event.reason);
            }
            // The driver gives the same reason for all.
            CmapEvent::ConnectionCheckoutFailed(event) => {
                self.not_lent(&event.address, event.duration);
            }
            _ => {}
        }
    }

    fn created(&self, address: &ServerAddress, options: Option<&ConnectionPoolOptions>) {
        // Outside of the lock, which all servers share: it makes instruments.
        let pool = self.made(address, options);
        let mut pools = self.pools();
        let there = pools.entry(address.clone());
        let there = there.or_insert_with(|| pool.clone());
        there.connections().clients += 1;
    }

    fn made(&self, address: &ServerAddress, options: Option<&ConnectionPoolOptions>) -> Pool {
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
        let connections = Arc::new(Mutex::new(Connections::default()));
        let observed = Arc::clone(&connections);
        let max = options.and_then(|options| options.max_pool_size);
        let min = options.and_then(|options| options.min_pool_size);
        metrics.observe(move || Some(state(&observed, max, min)));
        Pool {
            metrics,
            connections,
        }
    }

    fn closed(&self, address: &ServerAddress) {
        let mut pools = self.pools();
        let left = pools.get(address).map_or(0, |pool| {
            let mut connections = pool.connections();
            connections.clients = connections.clients.saturating_sub(1);
            connections.clients
        });
        let gone = if left == 0 {
            pools.remove(address)
        } else {
            None
        };
        drop(pools);
        drop(gone);
    }

    /// A connection that a request waited for in vain.
    fn not_lent(&self, address: &ServerAddress, waited: Duration) {
        let place = Place::from(address);
        let failure = Failure::new("connection_error");
        db::not_connected(&self.instrumenter, waited, request(&place), failure);
    }

    fn went(&self, address: &ServerAddress, number: u32, reason: &ConnectionClosedReason) {
        let pool = self.pool(address);
        let idle = pool
            .as_ref()
            .is_some_and(|pool| pool.connections().went(number));
        // What is closed for another reason has come back before, and another client may have lent its own of that
        // number.
        if idle || *reason != ConnectionClosedReason::PoolClosed {
            return;
        }
        self.commands.returned(address, number);
        if let Some(pool) = pool {
            let mut connections = pool.connections();
            connections.returned(number);
            connections.went(number);
        }
    }

    fn of(&self, address: &ServerAddress, act: impl FnOnce(&Pool)) {
        if let Some(pool) = self.pool(address) {
            act(&pool);
        }
    }

    /// Outside of the lock, which all servers share: instruments are recorded with it.
    fn pool(&self, address: &ServerAddress) -> Option<Pool> {
        self.pools().get(address).cloned()
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
    let all = || connections.there.values().flatten();
    let lent = all().filter(|since| since.is_some()).count();
    let mut state = PoolState::new()
        .used(number(lent))
        .idle(number(all().count() - lent));
    let of_all = |of_one: u32| u64::from(of_one) * u64::from(connections.clients);
    if let Some(max) = max {
        state = state.max(of_all(max));
    }
    if let Some(min) = min {
        state = state.idle_min(of_all(min));
    }
    state
}

#[cfg(test)]
mod tests;
