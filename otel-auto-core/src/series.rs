//! Metric handles bound once per attribute set.
//!
//! Looking a set up by its own short keys is several times cheaper than letting the SDK sort and hash it, and needs
//! no lock: readers see an immutable map, and a new set, which is rare, replaces the map.

use std::{collections::HashMap, hash::Hasher, sync::Arc};

use arc_swap::ArcSwap;
use opentelemetry::{
    KeyValue,
    metrics::{BoundHistogram, BoundUpDownCounter, Histogram, UpDownCounter},
};
use rustc_hash::{FxBuildHasher, FxHasher};

use crate::{attributes::Label, value::Bounded};

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

impl Bind for Histogram<u64> {
    type Handle = BoundHistogram<u64>;
    type Value = u64;

    fn bind(&self, attributes: &[KeyValue]) -> Self::Handle {
        self.bind(attributes)
    }

    fn record(handle: &Self::Handle, value: u64) {
        handle.record(value);
    }

    fn record_unbound(&self, value: u64, attributes: &[KeyValue]) {
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

/// By [`address_of`]: sets that share one are told apart by [`same`].
type Sets<H> = HashMap<u64, Vec<(Vec<Label>, Arc<H>)>, FxBuildHasher>;

pub(crate) struct Series<I: Bind> {
    instrument: I,
    sets: ArcSwap<Sets<I::Handle>>,
}

/// What records into one set of attributes.
pub(crate) enum Handle<I: Bind> {
    Bound(Arc<I::Handle>),
    Unbound(Vec<KeyValue>),
}

impl<I: Bind> Series<I> {
    pub(crate) fn new(instrument: I) -> Self {
        Self {
            instrument,
            sets: ArcSwap::default(),
        }
    }

    pub(crate) fn record(&self, labels: &[Label], value: I::Value) {
        let address = address_of(labels);
        match find(&self.sets.load(), address, labels) {
            Some(handle) => I::record(handle, value),
            None => self.record_with(&self.bind(address, labels), value),
        }
    }

    /// The handle of a set that is recorded into more than once.
    pub(crate) fn handle(&self, labels: &[Label]) -> Handle<I> {
        let address = address_of(labels);
        match find(&self.sets.load(), address, labels) {
            Some(handle) => Handle::Bound(Arc::clone(handle)),
            None => self.bind(address, labels),
        }
    }

    pub(crate) fn record_with(&self, handle: &Handle<I>, value: I::Value) {
        match handle {
            Handle::Bound(handle) => I::record(handle, value),
            Handle::Unbound(attributes) => self.instrument.record_unbound(value, attributes),
        }
    }

    #[cold]
    fn bind(&self, address: u64, labels: &[Label]) -> Handle<I> {
        let attributes: Vec<KeyValue> = labels
            .iter()
            .map(|(key, value)| KeyValue::new(*key, value.clone()))
            .collect();
        if self.sets.load().len() >= MAX_SETS {
            return Handle::Unbound(attributes);
        }
        let handle = Arc::new(self.instrument.bind(&attributes));
        self.sets.rcu(|sets| {
            let mut sets = Sets::clone(sets);
            let alike = sets.entry(address).or_default();
            if !alike.iter().any(|(known, _)| same(known, labels)) {
                alike.push((labels.to_vec(), Arc::clone(&handle)));
            }
            sets
        });
        Handle::Bound(handle)
    }
}

fn find<'a, H>(sets: &'a Sets<H>, address: u64, labels: &[Label]) -> Option<&'a Arc<H>> {
    sets.get(&address)?
        .iter()
        .find(|(known, _)| same(known, labels))
        .map(|(_, handle)| handle)
}

/// Static texts stand for where they are, not for what they say: that is enough to find a set again. The same set
/// from two places is bound twice, to the same series.
fn address_of(labels: &[Label]) -> u64 {
    let mut hasher = FxHasher::default();
    for (key, value) in labels {
        hasher.write_usize(key.as_ptr() as usize);
        match value {
            Bounded::Static(text) => hasher.write_usize(text.as_ptr() as usize),
            Bounded::Shared(text) => hasher.write(text.as_bytes()),
            Bounded::Int(number) => hasher.write_i64(*number),
            Bounded::Bool(truth) => hasher.write_u8(u8::from(*truth)),
        }
    }
    hasher.finish()
}

fn same(known: &[Label], wanted: &[Label]) -> bool {
    known.len() == wanted.len()
        && known
            .iter()
            .zip(wanted)
            .all(|((key, value), (wanted_key, wanted))| {
                std::ptr::eq(*key, *wanted_key)
                    && match (value, wanted) {
                        (Bounded::Static(a), Bounded::Static(b)) => std::ptr::eq(*a, *b),
                        (Bounded::Shared(a), Bounded::Shared(b)) => a == b,
                        (Bounded::Int(a), Bounded::Int(b)) => a == b,
                        (Bounded::Bool(a), Bounded::Bool(b)) => a == b,
                        _ => false,
                    }
            })
}
