//! When to try again: exponential back-off with jitter, or as long as the receiver asked for.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);
/// An export without a time limit stops retrying after this long, so that newer telemetry gets its turn.
pub(super) const WITHOUT_LIMIT: Duration = Duration::from_secs(300);

/// The pauses between the attempts of one export.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The pause before the next attempt. The receiver's wish is a minimum, and jitter comes on top of it, so
    /// that not all its clients come back at once.
    pub(super) fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(LONGEST);
        match asked {
            Some(asked) => asked.saturating_add(step.mul_f64(jitter() / 4.0)),
            None => step.mul_f64(0.5 + jitter()),
        }
    }
}

/// Evenly between 0 and 1. The standard library's hash keys are random per process and differ per call.
fn jitter() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    bits as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_jitter() {
        let mut backoff = Backoff::new();
        for step in [500, 1000, 2000, 4000, 5000, 5000].map(Duration::from_millis) {
            let pause = backoff.pause(None);
            assert!(
                pause >= step / 2 && pause <= step * 3 / 2,
                "{pause:?} for {step:?}"
            );
        }
    }

    #[test]
    fn the_receivers_wish_is_a_minimum() {
        let asked = Duration::from_secs(3);
        let pause = Backoff::new().pause(Some(asked));
        assert!(pause >= asked && pause < asked + FIRST, "{pause:?}");
        assert_eq!(Backoff::new().pause(Some(Duration::MAX)), Duration::MAX);
    }

    #[test]
    fn jitter_varies() {
        let first = jitter();
        assert!((0..100).any(|_| (jitter() - first).abs() > 0.01));
    }
}
