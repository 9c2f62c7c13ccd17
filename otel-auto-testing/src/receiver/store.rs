//! What a receiver keeps, and what it is told to do. One lock, never held while answering.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{behaviour::Behaviour, decode::Request};

#[derive(Debug)]
pub(super) struct Store {
    state: Mutex<State>,
    arrived: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State {
    requests: Vec<Request>,
    size: usize,
    dropped: usize,
    always: Behaviour,
    next: VecDeque<Behaviour>,
}

impl Store {
    pub(super) fn new(behaviour: Behaviour, capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                requests: Vec::new(),
                size: 0,
                dropped: 0,
                always: behaviour,
                next: VecDeque::new(),
            }),
            arrived: Condvar::new(),
            capacity,
        }
    }

    /// Keeps a request and says how to answer it.
    pub(super) fn take(&self, mut request: Request) -> Behaviour {
        let mut state = self.lock();
        let behaviour = state
            .next
            .pop_front()
            .unwrap_or_else(|| state.always.clone());
        if state.size.saturating_add(request.size) <= self.capacity {
            request.accepted = behaviour.accepts();
            state.size += request.size;
            state.requests.push(request);
        } else {
            state.dropped += 1;
        }
        drop(state);
        self.arrived.notify_all();
        behaviour
    }

    /// Counts a request that could not be decoded.
    pub(super) fn undecodable(&self) {
        self.lock().dropped += 1;
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.lock().always = behaviour;
    }

    pub(super) fn once(&self, behaviour: Behaviour) {
        self.lock().next.push_back(behaviour);
    }

    pub(super) fn read<T>(&self, view: impl FnOnce(&[Request]) -> T) -> T {
        view(&self.lock().requests)
    }

    pub(super) fn wait<T>(
        &self,
        deadline: Instant,
        view: impl Fn(&[Request]) -> T,
        enough: impl Fn(&T) -> bool,
    ) -> T {
        let mut state = self.lock();
        loop {
            let seen = view(&state.requests);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || enough(&seen) {
                return seen;
            }
            let woken = self.arrived.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn dropped(&self) -> usize {
        self.lock().dropped
    }

    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.requests.clear();
        state.size = 0;
        state.dropped = 0;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
