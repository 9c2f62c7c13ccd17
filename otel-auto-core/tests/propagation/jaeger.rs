//! Jaeger.

use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
use otel_auto_core::propagation::Propagator::Jaeger;

use crate::carrier::{extract, inject, local, members, parent};

#[test]
fn a_header_is_read() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";
    let is = |flags: &str| format!("{TRACE} {SPAN} {flags}");
    let none = || "none".to_owned();
    for (case, header, expected) in [
        ("sampled", format!("{TRACE}:{SPAN}:0:1"), is("01")),
        ("not sampled", format!("{TRACE}:{SPAN}:0:0"), is("00")),
        (
            "two digits of flags",
            format!("{TRACE}:{SPAN}:0:01"),
            is("01"),
        ),
        ("debug is sampled", format!("{TRACE}:{SPAN}:0:2"), is("01")),
        ("sampled and debug", format!("{TRACE}:{SPAN}:0:3"), is("01")),
        ("firehose alone", format!("{TRACE}:{SPAN}:0:8"), is("00")),
        (
            "a parent, which is not used",
            format!("{TRACE}:{SPAN}:05e3ac9a4f6e3b90:1"),
            is("01"),
        ),
        (
            "percent-encoded",
            format!("{TRACE}%3A{SPAN}%3a0%3A1"),
            is("01"),
        ),
        (
            "upper case",
            format!("{}:{}:0:1", TRACE.to_uppercase(), SPAN.to_uppercase()),
            is("01"),
        ),
        (
            "without leading zeros",
            format!("{TRACE}:f067aa0ba902b7:0:1"),
            is("01"),
        ),
        (
            "a trace id of 64 bits",
            format!("a3ce929d0e0e4736:{SPAN}:0:1"),
            format!("0000000000000000a3ce929d0e0e4736 {SPAN} 01"),
        ),
        (
            "short",
            "1:2:0:1".to_owned(),
            format!("{:032} {:016} 01", 1, 2),
        ),
        ("empty", String::new(), none()),
        ("three parts", format!("{TRACE}:{SPAN}:1"), none()),
        ("five parts", format!("{TRACE}:{SPAN}:0:1:1"), none()),
        ("a trace id of zeros", format!("0:{SPAN}:0:1"), none()),
        ("a span id of zeros", format!("{TRACE}:0:0:1"), none()),
        ("no trace id", format!(":{SPAN}:0:1"), none()),
        (
            "a trace id too long",
            format!("1{TRACE}:{SPAN}:0:1"),
            none(),
        ),
        ("a span id too long", format!("{TRACE}:1{SPAN}:0:1"), none()),
        (
            "other characters",
            format!("{TRACE}:{}:0:1", "g".repeat(16)),
            none(),
        ),
        ("other flags", format!("{TRACE}:{SPAN}:0:x"), none()),
        ("flags too long", format!("{TRACE}:{SPAN}:0:001"), none()),
        ("no flags", format!("{TRACE}:{SPAN}:0:"), none()),
        (
            "too long",
            format!("{TRACE}:{SPAN}:{}:1", "0".repeat(100)),
            none(),
        ),
    ] {
        let context = extract(Jaeger, &[("uber-trace-id", &header)]);
        assert_eq!(parent(&context), expected, "{case}: {header:?}");
    }
}

#[test]
fn baggage_is_one_header_for_each_item() {
    let context = extract(
        Jaeger,
        &[
            ("uberctx-a", "1"),
            ("UberCtx-b", "x%20%C3%A4"),
            ("uberctx-", "x"),
            ("other", "x"),
        ],
    );
    assert_eq!(members(&context), "a=1 | b=x ä");
    assert_eq!(parent(&context), "none");
    assert_eq!(
        inject(Jaeger, &context).text(),
        "uberctx-a: 1\nuberctx-b: x%20%C3%A4"
    );
}

#[test]
fn a_span_and_its_baggage_are_written() {
    let context = local(&Context::new(), 1).with_baggage([KeyValue::new("a", "b c,")]);
    assert_eq!(
        inject(Jaeger, &context).text(),
        "uber-trace-id: 4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:01\nuberctx-a: b%20c%2C"
    );
    assert_eq!(
        inject(Jaeger, &local(&Context::new(), 0)).text(),
        "uber-trace-id: 4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:00"
    );
    assert_eq!(inject(Jaeger, &Context::new()).text(), "");
}

#[test]
fn a_value_that_is_too_long_once_it_is_encoded_is_not_written() {
    let written = |length| {
        let context = Context::new().with_baggage([KeyValue::new("a", ",".repeat(length))]);
        inject(Jaeger, &context).0.len()
    };
    assert_eq!((written(2_730), written(2_731)), (1, 0));
}
