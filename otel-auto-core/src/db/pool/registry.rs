//! The pools of the process: what is observed is asked of them when metrics are collected.
//!
//! A callback cannot be taken back from an instrument, so there is one for all pools, and the pools come and go.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use super::{PoolState, Shared, instruments};
use crate::{Providers, db::DbClient, instrumenter::next_id, library::Library};

/// The crate that pools are instrumented by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// Under which its instruments are bound to providers.
    pub(super) id: u64,
    pub(super) library: Library,
}

struct Registry {
    scopes: Vec<Scope>,
    pools: Vec<Weak<Shared>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    scopes: Vec::new(),
    pools: Vec::new(),
});

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn scope(client: &DbClient) -> Scope {
    let scopes = &mut registry().scopes;
    let library = client.library;
    if let Some(known) = scopes.iter().find(|known| known.library == library) {
        return *known;
    }
    let new = Scope {
        id: next_id(),
        library,
    };
    scopes.push(new);
    new
}

pub(super) fn add(pool: &Arc<Shared>) {
    let pools = &mut registry().pools;
    pools.retain(|pool| pool.strong_count() > 0);
    pools.push(Arc::downgrade(pool));
}

/// The process has other providers: the pools that follow it are observed through them.
pub(crate) fn providers_installed(providers: &Providers) {
    let scopes = registry().scopes.clone();
    for scope in scopes {
        instruments::of(providers, scope);
    }
}

/// The pools of a scope that belong to these providers, by name.
pub(super) fn states(providers: u64, scope: u64) -> BTreeMap<Arc<str>, PoolState> {
    // Whoever is asked may end a pool or make one: not under the lock.
    let pools = registry().pools.clone();
    let mut states: BTreeMap<Arc<str>, PoolState> = BTreeMap::new();
    for pool in pools.iter().filter_map(Weak::upgrade) {
        let its = match &pool.own {
            Some(own) => own.id(),
            None => Providers::last_installed_id(),
        };
        if pool.scope.id == scope && its == providers {
            let state = states.entry(Arc::clone(&pool.name)).or_default();
            *state = state.add(pool.observed());
        }
    }
    states
}
