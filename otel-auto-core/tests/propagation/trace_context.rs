//! W3C trace context, level 2: `traceparent`.

use opentelemetry::{Context, propagation::Injector, trace::TraceContextExt};
use otel_auto_core::propagation::{Propagation, Propagator, trace_context};

use crate::carrier::{Fields, extract, inject, local, parent};

const SAMPLED: &str = "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 01";

fn read(fields: &[(&str, &str)]) -> String {
    parent(&extract(Propagator::TraceContext, fields))
}

#[test]
fn a_traceparent_is_read_by_the_recommendation() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let flags = |flags: &str| format!("{} {flags}", trace.replace('-', " "));
    let none = || "none".to_owned();
    for (case, header, expected) in [
        ("version 00, sampled", format!("00-{trace}-01"), flags("01")),
        ("not sampled", format!("00-{trace}-00"), flags("00")),
        (
            "random trace id, level 2",
            format!("00-{trace}-02"),
            flags("02"),
        ),
        ("sampled and random", format!("00-{trace}-03"), flags("03")),
        (
            "flags that are not known are dropped",
            format!("00-{trace}-fd"),
            flags("01"),
        ),
        ("all flags", format!("00-{trace}-ff"), flags("03")),
        ("a space before", format!(" 00-{trace}-01"), flags("01")),
        ("a tab after", format!("00-{trace}-01\t"), flags("01")),
        (
            "white space around",
            format!("\t 00-{trace}-01 \t"),
            flags("01"),
        ),
        ("white space inside", format!("00 -{trace}-01"), none()),
        ("empty", String::new(), none()),
        ("white space alone", " \t ".to_owned(), none()),
        ("no flags", format!("00-{trace}"), none()),
        ("no flags but their dash", format!("00-{trace}-"), none()),
        (
            "version 00 ends with its flags",
            format!("00-{trace}-01-"),
            none(),
        ),
        (
            "version 00 has no more fields",
            format!("00-{trace}-01-what-the-future"),
            none(),
        ),
        (
            "version 00, a character more",
            format!("00-{trace}-01."),
            none(),
        ),
        ("a later version", format!("cc-{trace}-01"), flags("01")),
        (
            "a later version's fields",
            format!("cc-{trace}-01-what-the-future"),
            flags("01"),
        ),
        (
            "a later version's empty field",
            format!("01-{trace}-01-"),
            flags("01"),
        ),
        (
            "a later version, no dash",
            format!("cc-{trace}-01.what-the-future"),
            none(),
        ),
        (
            "of a later version the sampled flag alone",
            format!("01-{trace}-03"),
            flags("01"),
        ),
        (
            "a later version, too short",
            format!("01-{trace}-0"),
            none(),
        ),
        ("version ff is forbidden", format!("ff-{trace}-01"), none()),
        (
            "a version of other characters",
            format!(".0-{trace}-01"),
            none(),
        ),
        (
            "a version of other characters",
            format!("0.-{trace}-01"),
            none(),
        ),
        ("an upper-case version", format!("CC-{trace}-01"), none()),
        ("a version too long", format!("000-{trace}-01"), none()),
        ("a version too short", format!("0-{trace}-01"), none()),
        (
            "flags of other characters",
            format!("00-{trace}-.0"),
            none(),
        ),
        (
            "flags of other characters",
            format!("00-{trace}-0."),
            none(),
        ),
        ("upper-case flags", format!("00-{trace}-0A"), none()),
        ("flags too long", format!("00-{trace}-001"), none()),
        ("flags too short", format!("00-{trace}-1"), none()),
        (
            "an upper-case trace id",
            format!("00-{}-01", trace.to_uppercase()),
            none(),
        ),
        (
            "a trace id of zeros",
            format!("00-{:032}-00f067aa0ba902b7-01", 0),
            none(),
        ),
        (
            "a parent id of zeros",
            format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{:016}-01", 0),
            none(),
        ),
        ("a trace id too long", format!("00-1{trace}-01"), none()),
        (
            "a trace id too short",
            format!("00-{}-01", &trace[1..]),
            none(),
        ),
        (
            "a trace id of other characters",
            format!("00-.{}-01", &trace[1..]),
            none(),
        ),
        ("a parent id too long", format!("00-{trace}1-01"), none()),
        (
            "a parent id too short",
            format!("00-{}-01", &trace[..48]),
            none(),
        ),
        (
            "a parent id of other characters",
            format!("00-{}.-01", &trace[..48]),
            none(),
        ),
        (
            "an upper-case parent id",
            format!("00-{}B7-01", &trace[..47]),
            none(),
        ),
        ("other separators", format!("00_{trace}-01"), none()),
        ("a sign for a digit", format!("+0-{trace}-01"), none()),
        (
            "not ASCII, across a boundary",
            format!("00-{}ä-01", &trace[..47]),
            none(),
        ),
        (
            "two of them in one",
            format!("00-{trace}-01,00-{trace}-01"),
            none(),
        ),
    ] {
        assert_eq!(
            read(&[("traceparent", &header)]),
            expected,
            "{case}: {header:?}"
        );
    }
}

#[test]
fn of_several_traceparents_none_is_believed() {
    let one = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let other = "00-12345678901234567890123456789012-1234567890123456-01";
    assert_eq!(
        read(&[("traceparent", one), ("traceparent", other)]),
        "none"
    );
    assert_eq!(read(&[("traceparent", one), ("TraceParent", one)]), "none");
}

#[test]
fn the_name_is_not_case_sensitive_but_it_is_the_name() {
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (name, expected) in [
        ("TraceParent", SAMPLED),
        ("TRACEPARENT", SAMPLED),
        ("trace-parent", "none"),
        ("trace.parent", "none"),
    ] {
        assert_eq!(read(&[(name, header)]), expected, "{name}");
    }
}

#[test]
fn a_tracestate_without_a_valid_traceparent_is_not_looked_at() {
    let state = ("tracestate", "foo=1");
    assert_eq!(read(&[state]), "none");
    assert_eq!(read(&[("traceparent", "00-what"), state]), "none");
}

#[test]
fn a_span_is_written_in_the_known_version_with_the_known_flags() {
    for (flags, expected) in [(0x00, "00"), (0x01, "01"), (0x03, "03"), (0xfd, "01")] {
        let fields = inject(Propagator::TraceContext, &local(&Context::new(), flags));
        assert_eq!(
            fields.text(),
            format!("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{expected}")
        );
    }
}

#[test]
fn without_a_valid_span_nothing_is_written() {
    assert_eq!(inject(Propagator::TraceContext, &Context::new()).text(), "");
}

#[test]
fn a_later_version_goes_on_as_the_known_one() {
    let header = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what";
    let context = extract(Propagator::TraceContext, &[("traceparent", header)]);
    assert_eq!(
        inject(Propagator::TraceContext, &context).text(),
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    );
}

#[test]
fn a_traceparent_is_one_string_of_55_bytes() {
    struct Only;

    impl Injector for Only {
        fn set(&mut self, key: &str, value: String) {
            assert_eq!(
                (key, value.len(), value.capacity()),
                ("traceparent", 55, 55)
            );
        }
    }

    let context = local(&Context::new(), 1);
    Propagation::trace_context().inject(&context, &mut Only);
}

#[test]
fn the_functions_of_the_module_do_the_same() {
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let fields = Fields::of(&[("traceparent", header), ("tracestate", "foo=1")]);
    let span = trace_context::extract(&fields).unwrap();
    let mut out = Fields::default();
    trace_context::inject(&span, &mut out);
    assert_eq!(out, fields);
    let context = extract(Propagator::TraceContext, &[("traceparent", header)]);
    let (trace_id, span_id, flags) = trace_context::parse(header).unwrap();
    let parent = context.span().span_context().clone();
    assert_eq!(
        (parent.trace_id(), parent.span_id(), parent.trace_flags()),
        (trace_id, span_id, flags)
    );
}
