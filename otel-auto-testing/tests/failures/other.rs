//! Of trees, metrics and log records, and of nothing at all.

use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use opentelemetry::{
    Context, Value,
    trace::{TraceContextExt, Tracer},
};
use otel_auto_testing::{
    Capture, absent, assert_log, assert_metric, assert_span, assert_tree, containing, matching,
};

use crate::{failure, shop};

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
