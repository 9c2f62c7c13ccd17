//! Which methods exist.

use std::fmt;

use arc_swap::ArcSwap;
use rustc_hash::FxHashSet;

/// Beyond this many methods nothing more is learnt: whatever answers so many has none of its own, as a proxy.
const MAX_METHODS: usize = 1_024;

/// Methods longer than this are never learnt, and cut where they are recorded. In bytes.
pub(super) const MAX_LENGTH: usize = 256;

/// The methods that may name a span and split a metric.
///
/// A path says nothing of whether its method exists, and a peer may send any path. So a method counts when the program
/// names it, or once it has answered.
#[derive(Default)]
pub(super) struct Methods(ArcSwap<FxHashSet<&'static str>>);

impl Methods {
    pub(super) fn get(&self, method: &str) -> Option<&'static str> {
        self.0.load().get(method).copied()
    }

    /// Gives the method if it is known from now on.
    pub(super) fn learn(&self, method: &str) -> Option<&'static str> {
        if let Some(known) = self.get(method) {
            return Some(known);
        }
        if method.len() > MAX_LENGTH || self.0.load().len() >= MAX_METHODS {
            return None;
        }
        let kept = crate::intern(method)?;
        self.0.rcu(|methods| {
            let mut methods = FxHashSet::clone(methods);
            methods.insert(kept);
            methods
        });
        Some(kept)
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.load().iter()).finish()
    }
}

/// The text, cut to what may be recorded of it.
pub(super) fn bounded(text: &str) -> &str {
    let mut end = text.len().min(MAX_LENGTH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
