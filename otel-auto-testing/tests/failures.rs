//! What the assertions say when they fail: as good as the kit is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

use insta::assert_snapshot;
use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    logs::{LogRecord, Logger, LoggerProvider, Severity},
    metrics::MeterProvider,
    trace::{SpanKind, Status, TraceContextExt, Tracer},
};
use otel_auto_testing::{
    Capture, absent, assert_log, assert_metric, assert_span, assert_tree, containing, matching,
};

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

#[test]
fn what_is_as_expected_passes_and_is_given_back() {
    let telemetry = shop();
    let order = assert_span!(
        telemetry,
        "order",
        status = Error("sold out"),
        parent = "POST /orders",
        kind = Internal,
        scope = "shop",
        events = [""; 0],
        only_attributes = { "order.id" => 8 },
    );
    assert_eq!(order.get("order.id"), Some(&Value::I64(8)));
    assert_span!(telemetry, "order", times = 2);
    assert_span!(
        telemetry,
        "POST /orders",
        parent = None,
        times = 2,
        attributes = {
            "http.route" => containing("order"),
            "http.response.status_code" => matching("a success", |value| *value == Value::I64(200)),
            "order.tags" => ["gift", "rush"],
            "order.id" => absent(),
            "http.route" => _,
        }
    );
    telemetry.expect_no_span("refund");
    assert_tree!(
        telemetry,
        ["order.id"],
        "
        POST /orders server
          order internal order.id=7
        POST /orders server
          order internal error order.id=8
        "
    );
    let points = assert_metric!(telemetry, "shop.orders", value = 2.0, unit = "{order}");
    assert_eq!(points.len(), 2);
    assert_metric!(telemetry, "shop.weight", count = 1, attributes = { "shop.kind" => "pen" });
    assert_eq!(
        telemetry
            .metric("shop.weight")
            .with([("shop.kind", "pen")])
            .count(),
        1
    );
    assert_eq!(telemetry.metric("shop.orders").value(), 2.0);
    assert_log!(telemetry, "ordered", severity = Info, span = "order", attributes = { "order.id" => 8 });
}

#[test]
fn a_span_that_differs_is_compared_attribute_by_attribute() {
    let telemetry = Capture::new();
    let tracer = telemetry.tracer("shop");
    let span = tracer
        .span_builder("pay")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("shop.currency", "JPY"),
            KeyValue::new("server.port", 443),
            KeyValue::new("shop.amount", 1.5),
        ]);
    drop(span.start(&tracer));
    assert_snapshot!(failure(|| assert_span!(
        telemetry,
        "pay",
        kind = Internal,
        status = Error("refused"),
        parent = "order",
        scope = "bank",
        events = ["asked"],
        attributes = {
            "shop.currency" => "EUR",
            "server.port" => "443",
            "shop.amount" => absent(),
            "shop.bank" => "ACME",
            "shop.card" => _,
        }
    )), @r#"
    span "pay" is not as expected:

      - kind           Internal
      + kind           Client
      - status         Error("refused")
      + status         Unset
      - parent         "order"
      + parent         none
      - scope          "bank"
      + scope          "shop"
      - events         ["asked"]
      + events         []
      - server.port    "443"
      + server.port    443
      - shop.amount    none
      + shop.amount    1.5
      - shop.currency  "EUR"
      + shop.currency  "JPY"
      - shop.bank      "ACME"
      + shop.bank      none
      - shop.card      any
      + shop.card      none

    (- expected, + captured)

    captured spans:
        pay client
    "#);
}

#[test]
fn of_several_spans_the_nearest_is_compared() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_span!(
        telemetry,
        "order",
        status = Error,
        attributes = { "order.id" => 9 }
    )), @r#"
    none of the 2 spans named "order" is as expected; the nearest:

        kind      Internal
        status    Error("sold out")
        parent    "POST /orders"
      - order.id  9
      + order.id  8

    (- expected, + captured)

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
    assert_snapshot!(failure(|| assert_span!(telemetry, "order", status = Error, times = 2)), @r#"
    1 of 2 spans named "order" are as expected, not 2; the nearest of the others:

        kind      Internal
      - status    Error
      + status    Unset
        parent    "POST /orders"
        order.id  7

    (- expected, + captured)

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
    assert_snapshot!(failure(|| assert_span!(telemetry, "order", times = 1)), @r#"
    2 spans named "order" are as expected, not 1

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
}

#[test]
fn an_attribute_too_many_is_told() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_span!(
        telemetry,
        "POST /orders",
        only_attributes = { "http.route" => "/orders" }
    )), @r#"
    none of the 2 spans named "POST /orders" is as expected; the nearest:

        kind                       Server
        status                     Unset
        parent                     none
      - http.response.status_code  none
      + http.response.status_code  200
        http.route                 "/orders"
      - order.tags                 none
      + order.tags                 ["gift", "rush"]

    (- expected, + captured)

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
}

#[test]
fn a_name_that_is_not_there_is_answered_with_the_nearest() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_span!(telemetry, "POST /order")), @r#"
    no span named "POST /order"; the nearest is "POST /orders"

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
}

#[test]
fn nothing_captured_at_all_is_explained() {
    let telemetry = Capture::new();
    assert_snapshot!(failure(|| assert_span!(telemetry, "order")), @r#"
    no span named "order"

    captured spans: none; did the code run inside of `scope`, `in_scope` or a server with `layer`?
    "#);
    assert_snapshot!(failure(|| assert_metric!(telemetry, "shop.orders")), @r#"
    no metric named "shop.orders"

    captured metrics: none; did the code run inside of `scope`, `in_scope` or a server with `layer`?
    "#);
    assert_snapshot!(failure(|| assert_log!(telemetry, "ordered")), @r#"
    no log record "ordered"

    captured log records: none; did the code run inside of `scope`, `in_scope` or a server with `layer`?
    "#);
}

#[test]
fn a_span_that_should_not_be_there_is_told() {
    let telemetry = shop();
    assert_snapshot!(failure(|| telemetry.expect_no_span("order")), @r#"
    2 spans named "order", not none

    captured spans:
        POST /orders server
          order internal
        POST /orders server
          order internal error
    "#);
}

#[test]
fn trees_are_compared_line_by_line() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_tree!(
        telemetry,
        ["order.id"],
        "
        POST /orders server
          order internal order.id=7
            price internal
        POST /orders server
          order internal order.id=8
        "
    )), @r#"
    the spans are another tree:

        POST /orders server
          order internal order.id=7
      -     price internal
        POST /orders server
      -   order internal order.id=8
      +   order internal error order.id=8

    (- expected, + captured)
    "#);
}

#[test]
fn only_spans_at_the_same_time_may_be_told_in_any_order() {
    let telemetry = Capture::new();
    let tracer = telemetry.tracer("test");
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let span = |name: &'static str, parent: &Context, from: u64, to: u64| {
        let builder = tracer
            .span_builder(name)
            .with_start_time(start + Duration::from_secs(from));
        let span = parent.with_span(builder.start_with_context(&tracer, parent));
        span.span()
            .end_with_timestamp(start + Duration::from_secs(to));
        span
    };
    let root = span("root", &Context::new(), 0, 9);
    let first = span("twice", &root, 1, 4);
    let second = span("twice", &root, 2, 5);
    span("below the first", &first, 3, 4);
    span("below the second", &second, 3, 4);
    span("below the second too", &second, 3, 4);
    span("last", &root, 6, 7);
    assert_tree!(
        telemetry,
        "
        root internal
          twice internal
            below the second too internal
            below the second internal
          twice internal
            below the first internal
          last internal
        "
    );
    assert_snapshot!(failure(|| assert_tree!(
        telemetry,
        "
        root internal
          last internal
          twice internal
            below the first internal
          twice internal
            below the second internal
            below the second too internal
        "
    )), @r#"
    the spans are another tree:

        root internal
      -   last internal
          twice internal
            below the first internal
          twice internal
            below the second internal
            below the second too internal
      +   last internal

    (- expected, + captured)
    "#);
}

#[test]
fn metrics_are_compared_and_listed() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_metric!(
        telemetry,
        "shop.orders",
        value = 2.0,
        unit = "1",
        attributes = { "shop.kind" => "book" }
    )), @r#"
    metric "shop.orders" with shop.kind="book" is not as expected:

      - unit   "1"
      + unit   "{order}"
      - value  2
      + value  1

    (- expected, + captured)

    captured metrics:
        shop.orders{shop.kind="book"} 1
        shop.orders{shop.kind="pen"} 1
        shop.weight{shop.kind="book"} recorded 1 times
        shop.weight{shop.kind="pen"} recorded 1 times
    "#);
    assert_snapshot!(failure(|| assert_metric!(telemetry, "shop.weight", count = 3)), @r#"
    metric "shop.weight" is not as expected:

        unit   "kg"
      - count  3
      + count  2

    (- expected, + captured)

    captured metrics:
        shop.orders{shop.kind="book"} 1
        shop.orders{shop.kind="pen"} 1
        shop.weight{shop.kind="book"} recorded 1 times
        shop.weight{shop.kind="pen"} recorded 1 times
    "#);
    assert_snapshot!(failure(|| assert_metric!(
        telemetry,
        "shop.orders",
        attributes = { "shop.kind" => "map" }
    )), @r#"
    metric "shop.orders" has no point with shop.kind="map"

    captured metrics:
        shop.orders{shop.kind="book"} 1
        shop.orders{shop.kind="pen"} 1
        shop.weight{shop.kind="book"} recorded 1 times
        shop.weight{shop.kind="pen"} recorded 1 times
    "#);
    assert_snapshot!(failure(|| assert_metric!(telemetry, "shop.order")), @r#"
    no metric named "shop.order"; the nearest is "shop.orders"

    captured metrics:
        shop.orders{shop.kind="book"} 1
        shop.orders{shop.kind="pen"} 1
        shop.weight{shop.kind="book"} recorded 1 times
        shop.weight{shop.kind="pen"} recorded 1 times
    "#);
}

#[test]
fn log_records_are_compared_and_listed() {
    let telemetry = shop();
    assert_snapshot!(failure(|| assert_log!(
        telemetry,
        "ordered",
        severity = Warn,
        span = None,
        target = "shop::orders",
        attributes = { "order.id" => 9 }
    )), @r#"
    log record "ordered" is not as expected:

      - severity  WARN
      + severity  INFO
      - span      none
      + span      "order"
      - target    "shop::orders"
      + target    ""
      - order.id  9
      + order.id  7

    (- expected, + captured)

    captured log records:
        INFO ordered
        INFO ordered
    "#);
    assert_snapshot!(failure(|| assert_log!(telemetry, "order")), @r#"
    no log record "order"; the nearest is "ordered"

    captured log records:
        INFO ordered
        INFO ordered
    "#);
}

#[test]
fn an_assertion_gives_up_on_a_span_that_never_ends_and_names_it() {
    let telemetry = Capture::builder()
        .patience(Duration::from_millis(20))
        .build();
    let tracer = telemetry.tracer("shop");
    let _open = tracer.start("order");
    assert_snapshot!(failure(|| assert_span!(telemetry, "order")), @r#"
    no span named "order"

    captured spans: none; did the code run inside of `scope`, `in_scope` or a server with `layer`?

    not ended yet: "order"
    "#);
    assert_snapshot!(failure(|| assert_tree!(telemetry, "order internal")), @r#"
    the spans are another tree:

      - order internal

    (- expected, + captured)

    not ended yet: "order"
    "#);
}
