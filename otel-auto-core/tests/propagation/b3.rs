//! B3, in one header and in several.

use opentelemetry::Context;
use otel_auto_core::propagation::{
    Propagation,
    Propagator::{B3, B3Multi},
};

use crate::carrier::{Fields, extract, inject, local, parent};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[test]
fn one_header_is_read() {
    let both = format!("{TRACE}-{SPAN}");
    let is = |flags: &str| format!("{TRACE} {SPAN} {flags}");
    let none = || "none".to_owned();
    for (case, header, expected) in [
        ("accept", format!("{both}-1"), is("01")),
        ("deny", format!("{both}-0"), is("00")),
        ("debug is sampled", format!("{both}-d"), is("01")),
        ("the decision is deferred", both.clone(), is("00")),
        (
            "with a parent, which is not used",
            format!("{both}-1-05e3ac9a4f6e3b90"),
            is("01"),
        ),
        ("white space around", format!(" {both}-1\t"), is("01")),
        (
            "a trace id of 64 bits",
            format!("a3ce929d0e0e4736-{SPAN}-1"),
            format!("0000000000000000a3ce929d0e0e4736 {SPAN} 01"),
        ),
        ("a decision alone", "0".to_owned(), none()),
        ("a decision alone", "d".to_owned(), none()),
        ("empty", String::new(), none()),
        ("another decision", format!("{both}-2"), none()),
        ("a word for a decision", format!("{both}-true"), none()),
        ("no decision after its dash", format!("{both}-"), none()),
        ("a malformed parent", format!("{both}-1-05e3"), none()),
        ("more", format!("{both}-1-05e3ac9a4f6e3b90-1"), none()),
        (
            "an upper-case trace id",
            format!("{}-1", both.to_uppercase()),
            none(),
        ),
        ("a trace id of another length", format!("1{both}-1"), none()),
        (
            "a span id of another length",
            format!("{TRACE}-f067aa0ba902b7-1"),
            none(),
        ),
        ("a trace id of zeros", format!("{:032}-{SPAN}-1", 0), none()),
        ("a span id of zeros", format!("{TRACE}-{:016}-1", 0), none()),
    ] {
        for propagator in [B3, B3Multi] {
            let context = extract(propagator, &[("b3", &header)]);
            assert_eq!(parent(&context), expected, "{case}: {header:?}");
        }
    }
}

#[test]
fn several_headers_are_read() {
    let is = |flags: &str| format!("{TRACE} {SPAN} {flags}");
    let none = || "none".to_owned();
    for (case, more, expected) in [
        ("accept", &[("X-B3-Sampled", "1")][..], is("01")),
        ("accept, of old", &[("X-B3-Sampled", "true")], is("01")),
        ("deny", &[("X-B3-Sampled", "0")], is("00")),
        ("deny, of old", &[("X-B3-Sampled", "false")], is("00")),
        ("debug", &[("X-B3-Flags", "1")], is("01")),
        (
            "debug wins",
            &[("X-B3-Flags", "1"), ("X-B3-Sampled", "0")],
            is("01"),
        ),
        (
            "other flags say nothing",
            &[("X-B3-Flags", "0"), ("X-B3-Sampled", "0")],
            is("00"),
        ),
        ("deferred", &[], is("00")),
        (
            "a parent is not used",
            &[("X-B3-ParentSpanId", "05e3ac9a4f6e3b90")],
            is("00"),
        ),
        ("another decision", &[("X-B3-Sampled", "yes")], none()),
        (
            "the single header's debug",
            &[("X-B3-Sampled", "d")],
            none(),
        ),
    ] {
        let ids = [("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN)];
        for propagator in [B3, B3Multi] {
            let context = extract(propagator, &[&ids, more].concat());
            assert_eq!(parent(&context), expected, "{case}: {more:?}");
        }
    }
}

#[test]
fn both_ids_are_needed_and_a_short_trace_id_is_padded() {
    assert_eq!(parent(&extract(B3, &[("x-b3-traceid", TRACE)])), "none");
    assert_eq!(parent(&extract(B3, &[("x-b3-spanid", SPAN)])), "none");
    let short = [("x-b3-traceid", "a3ce929d0e0e4736"), ("x-b3-spanid", SPAN)];
    assert_eq!(
        parent(&extract(B3Multi, &short)),
        format!("0000000000000000a3ce929d0e0e4736 {SPAN} 00")
    );
}

#[test]
fn one_header_wins_over_several_unless_it_is_malformed() {
    let several = [
        ("x-b3-traceid", "12345678901234567890123456789012"),
        ("x-b3-spanid", "1234567890123456"),
        ("x-b3-sampled", "1"),
    ];
    let single = format!("{TRACE}-{SPAN}-0");
    let context = extract(B3Multi, &[&several[..], &[("b3", &single)]].concat());
    assert_eq!(parent(&context), format!("{TRACE} {SPAN} 00"));
    let context = extract(B3, &[&several[..], &[("b3", "malformed")]].concat());
    assert_eq!(
        parent(&context),
        "12345678901234567890123456789012 1234567890123456 01"
    );
}

#[test]
fn a_span_is_written() {
    for (flags, single, sampled) in [(1, "1", "1"), (0, "0", "0")] {
        let context = local(&Context::new(), flags);
        assert_eq!(
            inject(B3, &context).text(),
            format!("b3: {TRACE}-{SPAN}-{single}")
        );
        assert_eq!(
            inject(B3Multi, &context).text(),
            format!("x-b3-sampled: {sampled}\nx-b3-spanid: {SPAN}\nx-b3-traceid: {TRACE}")
        );
    }
    assert_eq!(inject(B3, &Context::new()).text(), "");
    assert_eq!(inject(B3Multi, &Context::new()).text(), "");
}

#[test]
fn debug_goes_on_with_the_id_of_the_span_that_calls() {
    let header = "4bf92f3577b34da6a3ce929d0e0e4736-1234567890123456-d";
    let context = local(&extract(B3, &[("b3", header)]), 1);
    assert_eq!(inject(B3, &context).text(), format!("b3: {TRACE}-{SPAN}-d"));
    assert_eq!(
        inject(B3Multi, &context).text(),
        format!("x-b3-flags: 1\nx-b3-spanid: {SPAN}\nx-b3-traceid: {TRACE}")
    );
}

#[test]
fn debug_is_said_of_its_trace_alone() {
    let header = "12345678901234567890123456789012-1234567890123456-d";
    let debug = extract(B3, &[("b3", header)]);
    let other = format!("{TRACE}-{SPAN}-1");
    let fields = Fields::of(&[("b3", &other)]);
    let context = Propagation::new([B3]).extract(&debug, &fields);
    assert_eq!(inject(B3, &context).text(), format!("b3: {other}"));
    let same = "12345678901234567890123456789012-1234567890123456-0";
    let fields = Fields::of(&[("b3", same)]);
    let context = Propagation::new([B3]).extract(&debug, &fields);
    assert_eq!(inject(B3, &context).text(), format!("b3: {same}"));
}

#[test]
fn debug_is_not_said_of_a_trace_that_came_in_another_format() {
    let header = "12345678901234567890123456789012-1234567890123456-d";
    let debug = extract(B3, &[("b3", header)]);
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let fields = Fields::of(&[("traceparent", &traceparent)]);
    let context = Propagation::trace_context().extract(&debug, &fields);
    assert_eq!(inject(B3, &context).text(), format!("b3: {TRACE}-{SPAN}-1"));
}

#[test]
fn a_deferred_decision_goes_on_until_a_span_is_made() {
    let both = format!("{TRACE}-{SPAN}");
    let context = extract(B3, &[("b3", &both)]);
    assert_eq!(inject(B3, &context).text(), format!("b3: {both}"));
    assert_eq!(
        inject(B3Multi, &context).text(),
        format!("x-b3-spanid: {SPAN}\nx-b3-traceid: {TRACE}")
    );
    assert_eq!(
        inject(B3, &local(&context, 1)).text(),
        format!("b3: {both}-1")
    );
    assert_eq!(
        inject(B3, &local(&context, 0)).text(),
        format!("b3: {both}-0")
    );
}
