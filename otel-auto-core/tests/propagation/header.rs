//! `http::HeaderMap` as a carrier.

use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use otel_auto_core::propagation::{
    HeaderExtractor, HeaderInjector, Propagation,
    Propagator::{B3Multi, Baggage, TraceContext},
};

use crate::carrier::{local, members, parent};

#[test]
fn fields_that_are_there_twice_are_all_read() {
    let mut headers = HeaderMap::new();
    for value in ["a=1", "b=2"] {
        headers.append("baggage", HeaderValue::from_static(value));
    }
    headers.append("baggage", HeaderValue::from_bytes(b"c=\xff").unwrap());
    let parents =
        ["1", "2"].map(|digit| format!("00-{}-{}-01", digit.repeat(32), digit.repeat(16)));
    for value in &parents {
        headers.append("traceparent", HeaderValue::from_str(value).unwrap());
    }
    let propagation = Propagation::new([TraceContext, Baggage]);
    let context = propagation.extract(&Context::new(), &HeaderExtractor(&headers));
    assert_eq!(members(&context), "a=1 | b=2");
    assert_eq!(parent(&context), "none");
}

#[test]
fn a_context_is_replaced_whole() {
    let mut headers = HeaderMap::new();
    for name in [
        "traceparent",
        "tracestate",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "x-b3-flags",
        "x-b3-parentspanid",
        "other",
    ] {
        headers.append(name, HeaderValue::from_static("old"));
    }
    let propagation = Propagation::new([TraceContext, B3Multi]);
    propagation.inject(
        &local(&Context::new(), 1),
        &mut HeaderInjector(&mut headers),
    );
    let old = headers.iter().filter(|(_, value)| *value == "old");
    assert_eq!(
        old.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["other"]
    );
    assert_eq!(headers["x-b3-sampled"], "1");
    assert!(!headers.contains_key("tracestate"));
}
