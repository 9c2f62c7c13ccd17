//! So many a second, and no more.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// A bucket that fills with time, and holds what one second brings, but at least one.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_second: f64,
    bucket: Mutex<(f64, Instant)>,
}

impl RateLimit {
    /// Starts full.
    pub(super) fn new(per_second: f64, now: Instant) -> Self {
        Self {
            per_second,
            bucket: Mutex::new((size(per_second), now)),
        }
    }

    pub(super) fn allows(&self, now: Instant) -> bool {
        if self.per_second <= 0.0 {
            return false;
        }
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let (credit, last) = &mut *bucket;
        let gained = now.saturating_duration_since(*last).as_secs_f64() * self.per_second;
        *credit = (*credit + gained).min(size(self.per_second));
        *last = now.max(*last);
        let allowed = *credit >= 1.0;
        if allowed {
            *credit -= 1.0;
        }
        allowed
    }
}

/// Below one a second the bucket must still hold a whole one.
fn size(per_second: f64) -> f64 {
    per_second.max(1.0)
}
