//! Entries of baggage as attributes of spans, by a list of keys.
//!
//! They are added when a span starts, from the context that it starts in. The SDK keeps attributes in the order in which
//! they came, all of them, so a key that the span has already is left alone, and of two values that came one after the
//! other the later counts: the convention's, which knows better than whoever sent the baggage.

use std::time::Duration;

use opentelemetry::{
    Context, KeyValue,
    baggage::{Baggage, BaggageExt},
    trace::Span as _,
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor, TracerProviderBuilder},
};

use crate::{
    config::signals::{BaggageKeys, Traces},
    limits,
};

/// Entries per span.
const MOST: usize = 32;
/// Characters of a value.
const LONGEST: usize = 256;

/// Adds `processor` behind the limits, and behind what copies baggage where that is asked for.
pub(super) fn with_processor(
    builder: TracerProviderBuilder,
    config: &Traces,
    processor: impl SpanProcessor + 'static,
) -> TracerProviderBuilder {
    let length = config.limits.value_length;
    match config.baggage.clone() {
        None => limits::with_processor(builder, length, processor),
        Some(keys) => {
            let next = processor;
            limits::with_processor(builder, length, CopiesBaggage { keys, next })
        }
    }
}

#[derive(Debug)]
struct CopiesBaggage<P> {
    keys: BaggageKeys,
    next: P,
}

impl<P> CopiesBaggage<P> {
    fn attributes(&self, baggage: &Baggage) -> Vec<KeyValue> {
        let attribute = |key: &str, value: &str| {
            let value: String = value.chars().take(LONGEST).collect();
            KeyValue::new(key.to_owned(), value)
        };
        match &self.keys {
            BaggageKeys::All => {
                let entries = baggage.iter().take(MOST);
                let entries =
                    entries.map(|(key, (value, _))| attribute(key.as_str(), value.as_str()));
                entries.collect()
            }
            BaggageKeys::Of(keys) => {
                let entry = |key: &String| Some(attribute(key, baggage.get(key)?.as_str()));
                keys.iter().filter_map(entry).take(MOST).collect()
            }
        }
    }

    fn may_have_added(&self, key: &str) -> bool {
        match &self.keys {
            BaggageKeys::All => true,
            BaggageKeys::Of(keys) => keys.iter().any(|copied| copied == key),
        }
    }

    /// Of attributes that may come from baggage the last one of each key stays.
    fn settle(&self, attributes: &mut Vec<KeyValue>) {
        let mut index = 0;
        while let Some((first, later)) = attributes.get(index..).and_then(<[_]>::split_first) {
            let is_outdone = self.may_have_added(first.key.as_str())
                && later.iter().any(|other| other.key == first.key);
            if is_outdone {
                attributes.remove(index);
            } else {
                index += 1;
            }
        }
    }
}

impl<P: SpanProcessor> SpanProcessor for CopiesBaggage<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        let mut added = self.attributes(context.baggage());
        if !added.is_empty() {
            // A copy of the span, but there is no other way to look into it.
            let there = span.exported_data().map(|data| data.attributes);
            let there = there.unwrap_or_default();
            added.retain(|new| there.iter().all(|old| old.key != new.key));
            span.set_attributes(added);
        }
        self.next.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        self.settle(&mut span.attributes);
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
