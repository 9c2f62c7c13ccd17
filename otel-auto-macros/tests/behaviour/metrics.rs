//! Functions that are measured.

#![allow(clippy::unused_self)]

use std::{
    fmt,
    future::{Future, pending},
    pin::pin,
    task::{Context, Waker},
};

use otel_auto_core::Sampling;
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

const DURATION: &str = "otel_auto.function.duration";
const ACTIVE: &str = "otel_auto.function.active";

#[instrumented(metrics)]
fn measured(fails: bool) -> Result<(), fmt::Error> {
    if fails { Err(fmt::Error) } else { Ok(()) }
}

#[instrumented(metrics)]
async fn never_ready() {
    pending::<()>().await;
}

#[instrumented]
fn not_measured() {}

struct Store;

#[instrumented(metrics)]
impl Store {
    fn get(&self) {}
}

fn points(capture: &Capture, name: &str) -> Vec<String> {
    let points = capture.metric(name);
    let line = |point: &otel_auto_testing::MetricPoint| {
        let labels: Vec<_> = point
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        format!("{} {}", labels.join(" "), point.number())
    };
    points.iter().map(line).collect()
}

#[test]
fn calls_are_measured_by_function_and_error() {
    let capture = Capture::new();
    capture.in_scope(|| {
        measured(false).unwrap();
        measured(false).unwrap();
        measured(true).unwrap_err();
        not_measured();
        Store.get();
    });
    assert_eq!(
        points(&capture, DURATION),
        [
            "code.function.name=behaviour::metrics::Store::get 1",
            "code.function.name=behaviour::metrics::measured 2",
            "code.function.name=behaviour::metrics::measured error.type=core::fmt::Error 1",
        ]
    );
    assert_eq!(
        points(&capture, ACTIVE),
        [
            "code.function.name=behaviour::metrics::Store::get 0",
            "code.function.name=behaviour::metrics::measured 0",
        ]
    );
    assert_eq!(capture.spans().len(), 5);
}

#[test]
fn calls_are_measured_when_their_span_is_not_sampled() {
    use opentelemetry_sdk::trace::Sampler;
    let capture = Capture::builder()
        .sampler(Sampler::AlwaysOff, Sampling::ParentBasedOff)
        .build();
    capture.in_scope(|| measured(true)).unwrap_err();
    assert!(capture.spans().is_empty());
    assert_eq!(
        points(&capture, DURATION),
        ["code.function.name=behaviour::metrics::measured error.type=core::fmt::Error 1"]
    );
}

#[test]
fn calls_under_way_are_counted_until_they_are_dropped() {
    let capture = Capture::new();
    let path = "code.function.name=behaviour::metrics::never_ready";
    {
        let mut future = pin!(capture.scope(never_ready()));
        let mut task = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut task).is_pending());
        assert_eq!(points(&capture, ACTIVE), [format!("{path} 1")]);
    }
    assert_eq!(points(&capture, ACTIVE), [format!("{path} 0")]);
    assert_eq!(
        points(&capture, DURATION),
        [format!("{path} error.type=cancelled 1")]
    );
}

#[test]
fn functions_that_are_not_measured_make_no_metrics() {
    let capture = Capture::new();
    capture.in_scope(not_measured);
    assert!(capture.metrics().is_empty());
}
