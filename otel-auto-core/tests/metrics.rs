//! Instruments in statics: used before there are providers, with them, and with those of a context.
#![allow(clippy::indexing_slicing, missing_docs)]

use opentelemetry::KeyValue;
use otel_auto_core::metrics::{Counter, Gauge, Histogram, Instrument, UpDownCounter};
use otel_auto_testing::{Capture, MetricValue};

const fn instrument(name: &'static str, unit: &'static str) -> Instrument {
    Instrument {
        name,
        unit,
        description: "for a test",
        library: "test",
        version: "1",
    }
}

static ORDERS: Counter = Counter::new(instrument("orders", "{order}"));
static CARTS: UpDownCounter = UpDownCounter::new(instrument("carts", "{cart}"));
static WEIGHT: Histogram = Histogram::new(instrument("weight", "kg"));
static HEAT: Gauge = Gauge::new(instrument("heat", "Cel"));

fn record() {
    ORDERS.add(2, &[KeyValue::new("kind", "book")]);
    ORDERS.add(1, &[KeyValue::new("kind", "book")]);
    CARTS.add(1, &[]);
    WEIGHT.record(0.5, &[]);
    HEAT.record(180.0, &[]);
}

#[test]
fn instruments_follow_the_providers_of_their_context() {
    record();
    let (first, second) = (Capture::new(), Capture::new());
    first.in_scope(record);
    second.in_scope(|| {
        record();
        CARTS.add(-1, &[]);
    });
    record();
    for (capture, carts) in [(&first, 1.0), (&second, 0.0)] {
        let orders = capture.metric("orders");
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].value, MetricValue::Number(3.0));
        assert_eq!(capture.metric("carts")[0].value, MetricValue::Number(carts));
        assert_eq!(capture.metric("weight").len(), 1);
        assert_eq!(capture.metric("heat").len(), 1);
    }
}

#[test]
fn metrics_that_are_off_record_nothing() {
    let capture = Capture::builder()
        .settings(|settings| settings.metrics = false)
        .build();
    capture.in_scope(record);
    assert!(capture.metric("orders").is_empty());
}
