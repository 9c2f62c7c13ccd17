//! Events of queries that are spans already, on threads that do not know it.
//!
//! While a query of a [`Pool`](crate::Pool) runs, [`SpanKey::DbClient`](otel_auto_core::SpanKey) is open, and its event
//! is left alone. SQLite's events come from the thread of the connection, which has entered the caller's `tracing` span
//! and knows nothing else of the caller. So such a query is announced here, by that span and its text.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::span;

/// Events that never come, as those of a connection that does not log, must not pile up.
const MOST: usize = 1024;

static EVENTS: AtomicBool = AtomicBool::new(false);
static ANNOUNCED: Mutex<VecDeque<Announced>> = Mutex::new(VecDeque::new());

#[derive(Clone, PartialEq, Eq)]
struct Announced {
    span: span::Id,
    text: u64,
}

/// There is a layer that makes spans of events.
pub(crate) fn listen() {
    EVENTS.store(true, Ordering::Relaxed);
}

/// Is this the event of a query that was announced? Its announcement is over then.
pub(crate) fn take(span: Option<&span::Id>, sql: &str) -> bool {
    let Some(span) = span else {
        return false;
    };
    let mut announced = announced();
    if announced.is_empty() {
        return false;
    }
    let text = hash(sql);
    remove(&mut announced, |known| {
        known.text == text && known.span == *span
    })
}

/// The event that a query will make.
#[derive(Default)]
pub(crate) struct Expected {
    text: Option<u64>,
    announced: Option<Announced>,
}

impl Expected {
    /// The event of this SQL comes from another thread.
    pub(crate) fn elsewhere(sql: &str) -> Self {
        let text = EVENTS.load(Ordering::Relaxed).then(|| hash(sql));
        Self {
            text,
            announced: None,
        }
    }

    /// The query is about to run, in the `tracing` span that is current now.
    pub(crate) fn announce(&mut self) {
        let Some(text) = self.text.take() else {
            return;
        };
        let span = tracing::dispatcher::get_default(|of| of.current_span().id().cloned());
        self.announced = span.map(|span| {
            let query = Announced { span, text };
            let mut announced = announced();
            if announced.len() == MOST {
                announced.pop_front();
            }
            announced.push_back(query.clone());
            query
        });
    }

    /// The query has run to its end: an event that has not come will not come. After an error, or when the query was
    /// dropped, it may still.
    pub(crate) fn is_over(&mut self) {
        if let Some(query) = self.announced.take() {
            remove(&mut announced(), |known| *known == query);
        }
    }
}

fn remove(announced: &mut VecDeque<Announced>, is: impl Fn(&Announced) -> bool) -> bool {
    // The newest first: what is old is what never came.
    let place = announced.iter().rposition(is);
    place.and_then(|place| announced.remove(place)).is_some()
}

fn announced() -> MutexGuard<'static, VecDeque<Announced>> {
    ANNOUNCED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(sql: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    sql.trim().hash(&mut hasher);
    hasher.finish()
}
