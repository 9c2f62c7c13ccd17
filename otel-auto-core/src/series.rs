//! Metric handles bound once per attribute set.
//!
//! Looking a set up by its own short keys is several times cheaper than letting the SDK sort and hash it, and needs
//! no lock: readers see an immutable map, and a new set, which is rare, replaces the map.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use opentelemetry::{
    KeyValue,
    metrics::{BoundHistogram, BoundUpDownCounter, Histogram, UpDownCounter},
};
use rustc_hash::FxBuildHasher;

use crate::attributes::Label;

/// Beyond this many sets the instrument is called directly: the SDK's own limit decides then.
const MAX_SETS: usize = 2_000;

/// An instrument whose handles can be bound to attributes.
pub(crate) trait Bind: Send + Sync {
    type Handle: Send + Sync;
    type Value: Copy;

    fn bind(&self, attributes: &[KeyValue]) -> Self::Handle;
    fn record(handle: &Self::Handle, value: Self::Value);
    fn record_unbound(&self, value: Self::Value, attributes: &[KeyValue]);
}

impl Bind for Histogram<f64> {
    type Handle = BoundHistogram<f64>;
    type Value = f64;

    fn bind(&self, attributes: &[KeyValue]) -> Self::Handle {
        self.bind(attributes)
    }

    fn record(handle: &Self::Handle, value: f64) {
        handle.record(value);
    }

    fn record_unbound(&self, value: f64, attributes: &[KeyValue]) {
        self.record(value, attributes);
    }
}

impl Bind for UpDownCounter<i64> {
    type Handle = BoundUpDownCounter<i64>;
    type Value = i64;

    fn bind(&self, attributes: &[KeyValue]) -> Self::Handle {
        self.bind(attributes)
    }

    fn record(handle: &Self::Handle, value: i64) {
        handle.add(value);
    }

    fn record_unbound(&self, value: i64, attributes: &[KeyValue]) {
        self.add(value, attributes);
    }
}

type Sets<H> = HashMap<Vec<Label>, Arc<H>, FxBuildHasher>;

pub(crate) struct Series<I: Bind> {
    instrument: I,
    sets: ArcSwap<Sets<I::Handle>>,
}

impl<I: Bind> Series<I> {
    pub(crate) fn new(instrument: I) -> Self {
        Self {
            instrument,
            sets: ArcSwap::default(),
        }
    }

    pub(crate) fn record(&self, labels: &[Label], value: I::Value) {
        let sets = self.sets.load();
        if let Some(handle) = sets.get(labels) {
            I::record(handle, value);
            return;
        }
        let attributes: Vec<KeyValue> = labels
            .iter()
            .map(|(key, value)| KeyValue::new(*key, value.clone()))
            .collect();
        if sets.len() >= MAX_SETS {
            self.instrument.record_unbound(value, &attributes);
            return;
        }
        drop(sets);
        let handle = Arc::new(self.instrument.bind(&attributes));
        I::record(&handle, value);
        self.sets.rcu(|sets| {
            let mut sets = Sets::clone(sets);
            sets.insert(labels.to_vec(), Arc::clone(&handle));
            sets
        });
    }
}
