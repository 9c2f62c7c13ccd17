//! `http::HeaderMap` as a carrier.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

use super::{baggage, fields::companions, trace_context};

/// Reads from headers. Values that are not text do not exist.
#[derive(Debug)]
pub struct HeaderExtractor<'a>(pub &'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let all: Vec<&str> = self
            .0
            .get_all(key)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!all.is_empty()).then_some(all)
    }
}

/// Writes into headers, in place of those of the same name.
#[derive(Debug)]
pub struct HeaderInjector<'a>(pub &'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        let (Some(name), Ok(value)) = (name(key), HeaderValue::try_from(value)) else {
            return;
        };
        for companion in companions(name.as_str()) {
            self.0.remove(*companion);
        }
        self.0.insert(name, value);
    }
}

/// A name that is not static would be copied.
fn name(key: &str) -> Option<HeaderName> {
    match key {
        trace_context::TRACEPARENT => Some(HeaderName::from_static(trace_context::TRACEPARENT)),
        trace_context::TRACESTATE => Some(HeaderName::from_static(trace_context::TRACESTATE)),
        baggage::BAGGAGE => Some(HeaderName::from_static(baggage::BAGGAGE)),
        _ => HeaderName::from_bytes(key.as_bytes()).ok(),
    }
}
