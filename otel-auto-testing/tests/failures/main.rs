//! What the assertions say when they fail: as good as the kit is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod other;
mod spans;

use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    logs::{LogRecord, Logger, LoggerProvider, Severity},
    metrics::MeterProvider,
    trace::{SpanKind, Status, TraceContextExt, Tracer},
};
use otel_auto_testing::Capture;

/// Two requests to a shop, the second of which fails.
fn shop() -> Capture {
    let telemetry = Capture::new();
    let tracer = telemetry.tracer("shop");
    let logger = telemetry.logger_provider().logger("shop");
    let meter = telemetry.meter_provider().meter("shop");
    let orders = meter
        .u64_counter("shop.orders")
        .with_unit("{order}")
        .build();
    let weight = meter.f64_histogram("shop.weight").with_unit("kg").build();
    for (order, status, kind) in [
        (7, Status::Unset, "book"),
        (8, Status::error("sold out"), "pen"),
    ] {
        let span = |name: &'static str, kind, attributes: Vec<KeyValue>| {
            let builder = tracer.span_builder(name).with_kind(kind);
            let span = builder.with_attributes(attributes).start(&tracer);
            Context::current_with_span(span).attach()
        };
        let tags: [StringValue; 2] = ["gift".into(), "rush".into()];
        let attributes = vec![
            KeyValue::new("http.route", "/orders"),
            KeyValue::new("http.response.status_code", 200),
            KeyValue::new("order.tags", Value::Array(Array::String(tags.to_vec()))),
        ];
        let _request = span("POST /orders", SpanKind::Server, attributes);
        {
            let _order = span(
                "order",
                SpanKind::Internal,
                vec![KeyValue::new("order.id", order)],
            );
            Context::current().span().set_status(status);
            let mut record = logger.create_log_record();
            record.set_body("ordered".into());
            record.set_severity_number(Severity::Info);
            record.add_attribute("order.id", order);
            logger.emit(record);
        }
        orders.add(1, &[KeyValue::new("shop.kind", kind)]);
        weight.record(0.4, &[KeyValue::new("shop.kind", kind)]);
    }
    telemetry
}

/// What an assertion says.
fn failure<T>(assertion: impl FnOnce() -> T) -> String {
    let panicked = catch_unwind(AssertUnwindSafe(assertion)).err();
    let panicked = panicked.expect("the assertion fails");
    panicked.downcast_ref::<String>().unwrap().clone()
}
