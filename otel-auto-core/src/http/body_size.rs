//! The sizes of bodies, if the settings ask for them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{Attributes, HttpSettings, Sizes, semconv};

/// Counts the bytes of a request's body while the server reads it.
#[derive(Debug, Clone)]
pub struct BodyCounter(Arc<AtomicU64>);

/// Nobody has read anything: that says nothing of the size.
const UNREAD: u64 = u64::MAX;

impl BodyCounter {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(UNREAD)))
    }

    /// This many bytes more were read; 0 at the end of a body, so that an empty one is told from one that is not read.
    pub fn add(&self, bytes: u64) {
        // A body has one reader, so nothing comes between.
        let read = match self.0.load(Ordering::Relaxed) {
            UNREAD => bytes,
            read => read.saturating_add(bytes),
        };
        self.0.store(read, Ordering::Relaxed);
    }

    fn read(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|read| *read != UNREAD)
    }
}

/// What is known of an operation's bodies.
#[derive(Debug, Default)]
pub(super) struct BodySizes {
    wanted: bool,
    request: Option<u64>,
    counter: Option<BodyCounter>,
    response: Option<u64>,
}

impl BodySizes {
    pub(super) fn new(settings: &HttpSettings, request: impl FnOnce() -> Option<u64>) -> Self {
        Self {
            wanted: settings.body_sizes,
            request: settings.body_sizes.then(request).flatten(),
            ..Self::default()
        }
    }

    /// For a request's body whose size nobody knows.
    pub(super) fn counter(&mut self) -> Option<BodyCounter> {
        if !self.wanted || self.request.is_some() {
            return None;
        }
        Some(self.counter.insert(BodyCounter::new()).clone())
    }

    /// This many bytes more of the response were sent.
    pub(super) fn sent(&mut self, bytes: u64) {
        if self.wanted {
            let sent = self.response.unwrap_or(0);
            self.response = Some(sent.saturating_add(bytes));
        }
    }

    /// The response says how long it is.
    pub(super) fn announced(&mut self, bytes: impl FnOnce() -> Option<u64>) {
        if self.wanted {
            self.response = bytes();
        }
    }

    pub(super) fn sizes(&self) -> Sizes {
        let counted = || self.counter.as_ref().and_then(BodyCounter::read);
        Sizes {
            request: self.request.or_else(counted),
            response: self.response,
        }
    }

    pub(super) fn tell(&self, attributes: &mut Attributes) {
        if !self.wanted {
            return;
        }
        let sizes = self.sizes();
        for (key, size) in [
            (semconv::HTTP_REQUEST_BODY_SIZE, sizes.request),
            (semconv::HTTP_RESPONSE_BODY_SIZE, sizes.response),
        ] {
            if let Some(size) = size {
                attributes.span_only(key, i64::try_from(size).unwrap_or(i64::MAX));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unreachable)]
mod tests {
    use super::*;

    fn wanted(request: Option<u64>) -> BodySizes {
        let settings = HttpSettings {
            body_sizes: true,
            ..HttpSettings::default()
        };
        BodySizes::new(&settings, || request)
    }

    #[test]
    fn what_is_not_wanted_is_not_asked_for() {
        let mut sizes = BodySizes::new(&HttpSettings::default(), || unreachable!("off"));
        sizes.sent(7);
        sizes.announced(|| unreachable!("off"));
        assert!(sizes.counter().is_none());
        assert_eq!(sizes.sizes(), Sizes::default());
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let mut sizes = wanted(None);
        let counter = sizes.counter();
        assert_eq!(sizes.sizes(), Sizes::default());
        if let Some(counter) = counter {
            counter.add(0);
        }
        assert_eq!(sizes.sizes().request, Some(0));
    }

    #[test]
    fn an_announced_body_is_not_counted() {
        let mut sizes = wanted(Some(5));
        assert!(sizes.counter().is_none());
        assert_eq!(sizes.sizes().request, Some(5));
    }
}
