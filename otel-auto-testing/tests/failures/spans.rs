//! Of spans.

use std::time::Duration;

use insta::assert_snapshot;
use opentelemetry::{
    KeyValue,
    trace::{SpanKind, Tracer},
};
use otel_auto_testing::{Capture, absent, assert_span, assert_tree};

use crate::{failure, shop};

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
