//! W3C trace context, level 2: `tracestate`.

use opentelemetry::trace::{TraceContextExt, TraceState};
use otel_auto_core::propagation::Propagator;

use crate::carrier::{extract, inject, with_state};

const PARENT: (&str, &str) = (
    "traceparent",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
);

/// What is sent on, after what was received.
fn through(states: &[&str]) -> String {
    let mut fields = vec![PARENT];
    fields.extend(states.iter().map(|state| ("tracestate", *state)));
    let context = extract(Propagator::TraceContext, &fields);
    assert!(
        context.span().span_context().is_valid(),
        "traceparent is not harmed"
    );
    written(&inject(Propagator::TraceContext, &context).text())
}

fn written(text: &str) -> String {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("tracestate: "));
    line.unwrap_or("").to_owned()
}

fn members(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("bar{at:02}={at}")).collect()
}

#[test]
fn a_list_goes_through_by_the_recommendation() {
    let z = |count| "z".repeat(count);
    let tenant =
        |tenant: usize, system: usize| format!("{}@{}", "t".repeat(tenant), "v".repeat(system));
    let whole = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
    let graphic: String = (' '..='~').filter(|char| !",=".contains(*char)).collect();
    let all_values = format!("foo=x{graphic}");
    let all_keys = "abcdefghijklmnopqrstuvwxyz0123456789_-*/=1";
    let all_tenants = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/=1";
    for (case, header, expected) in [
        ("a list, in its order", whole.to_owned(), whole),
        ("empty", String::new(), ""),
        ("white space alone", " \t".to_owned(), ""),
        (
            "white space around members",
            "foo=1 \t , \t bar=2, \t baz=3".to_owned(),
            "foo=1,bar=2,baz=3",
        ),
        (
            "empty members",
            ",foo=1,, \t ,bar=2,".to_owned(),
            "foo=1,bar=2",
        ),
        (
            "white space before a value is the value's",
            "foo= 1".to_owned(),
            "foo= 1",
        ),
        (
            "white space after a value is not",
            "foo=1 ,bar=2".to_owned(),
            "foo=1,bar=2",
        ),
        (
            "white space inside a value",
            "foo=1 2".to_owned(),
            "foo=1 2",
        ),
        (
            "every character of a value",
            all_values.clone(),
            &all_values,
        ),
        ("every character of a key", all_keys.to_owned(), all_keys),
        (
            "every character of a tenant and a system",
            all_tenants.to_owned(),
            all_tenants,
        ),
        (
            "a key that begins with a digit, level 2",
            "1a=1".to_owned(),
            "1a=1",
        ),
        (
            "a tenant and a system",
            "fw529a3039@dt=1".to_owned(),
            "fw529a3039@dt=1",
        ),
        ("no equals sign", "foo".to_owned(), ""),
        ("no equals sign in one of them", "foo=1,bar".to_owned(), ""),
        ("no key", "=1,bar=2".to_owned(), ""),
        ("no value", "foo=,bar=2".to_owned(), ""),
        ("a value of white space", "foo= ,bar=2".to_owned(), ""),
        ("an equals sign in a value", "foo=bar=baz".to_owned(), ""),
        ("an upper-case key", "FOO=1,bar=2".to_owned(), ""),
        ("a space after a key", "foo =1,bar=2".to_owned(), ""),
        ("a dot in a key", "foo.bar=1,bar=2".to_owned(), ""),
        (
            "a key that begins with an underscore",
            "_foo=1,bar=2".to_owned(),
            "",
        ),
        ("no system", "foo@=1,bar=2".to_owned(), ""),
        ("no tenant", "@foo=1,bar=2".to_owned(), ""),
        ("two signs", "foo@@bar=1,bar=2".to_owned(), ""),
        ("two systems", "foo@bar@baz=1,bar=2".to_owned(), ""),
        ("a tab in a value", "foo=a\tb,bar=2".to_owned(), ""),
        (
            "a control character in a value",
            "foo=a\u{7f},bar=2".to_owned(),
            "",
        ),
        ("a value that is not ASCII", "foo=ä,bar=2".to_owned(), ""),
        ("the same member twice", "foo=1,foo=1".to_owned(), ""),
        ("the same key twice", "foo=1,bar=2,foo=2".to_owned(), ""),
        ("a key too long", format!("foo=1,{}=1", z(257)), ""),
        ("a value too long", format!("foo=1,bar={}", z(257)), ""),
        (
            "a tenant too long",
            format!("foo=1,{}=1", tenant(242, 1)),
            "",
        ),
        (
            "a system too long",
            format!("foo=1,{}=1", tenant(1, 15)),
            "",
        ),
        (
            "a valid key that the API cannot hold goes alone",
            format!("{}=1,foo=1", tenant(241, 14)),
            "foo=1",
        ),
    ] {
        assert_eq!(through(&[&header]), expected, "{case}: {header:?}");
    }
}

#[test]
fn the_longest_parts_are_kept() {
    for member in [
        format!("{}=1", "z".repeat(256)),
        format!("foo={}", "z".repeat(256)),
        format!("{}@{}=1", "t".repeat(241), "v".repeat(13)),
    ] {
        assert_eq!(through(&[&member]), member);
    }
}

#[test]
fn several_fields_are_one_list_in_their_order() {
    for (fields, expected) in [
        (
            &["foo=1,bar=2", "rojo=1,congo=2", "baz=3"][..],
            "foo=1,bar=2,rojo=1,congo=2,baz=3",
        ),
        (&["foo=1", ""], "foo=1"),
        (&["", "foo=1"], "foo=1"),
        (&["foo=1", "foo=2"], ""),
        (&["foo=1", "bar"], ""),
    ] {
        assert_eq!(through(fields), expected, "{fields:?}");
    }
}

#[test]
fn more_than_32_members_are_no_list() {
    let full = members(32).join(",");
    assert_eq!(through(&[&full]), full);
    assert_eq!(
        through(&[&format!(",,{full},,")]),
        full,
        "empty members do not count"
    );
    assert_eq!(through(&[&members(33).join(",")]), "");
    assert_eq!(through(&[&full, "one=more"]), "");
}

#[test]
fn at_least_512_characters_go_on() {
    let list: Vec<String> = (0..16)
        .map(|at| format!("k{at:02}={}", "v".repeat(27)))
        .collect();
    let list = list.join(",");
    assert!(list.len() >= 500);
    assert_eq!(through(&[&list]), list);
}

#[test]
fn of_a_list_too_long_whole_members_go_large_ones_first_and_from_the_end() {
    let small: Vec<String> = (0..16)
        .map(|at| format!("s{at:02}={}", "v".repeat(96)))
        .collect();
    let large = |at: usize| format!("l{at}={}", "v".repeat(200));
    let list = [&[large(0), large(1)][..], &small, &[large(2)]].concat();
    // 16 small members are 1,615 characters; each large one is 204 with its comma.
    let expected = [&[large(0), large(1)][..], &small].concat().join(",");
    assert_eq!(through(&[&list.join(",")]), expected);

    let small: Vec<String> = (0..30)
        .map(|at| format!("s{at:02}={}", "v".repeat(96)))
        .collect();
    let list = [&[large(0)][..], &small].concat();
    assert_eq!(through(&[&list.join(",")]), small[..20].join(","));
}

#[test]
fn two_thousand_and_48_characters_go_on_and_no_more() {
    let list = |last: usize| {
        let mut members: Vec<String> = (0..16)
            .map(|at| format!("k{at:02}={}", "v".repeat(120)))
            .collect();
        members.push(format!("z={}", "v".repeat(last)));
        members
    };
    // Sixteen members are 2,000 characters with their commas.
    let (fits, does_not) = (list(46), list(47));
    assert_eq!(fits.join(",").len(), 2_048);
    assert_eq!(through(&[&fits.join(",")]), fits.join(","));
    assert_eq!(through(&[&does_not.join(",")]), does_not[..16].join(","));
}

#[test]
fn what_is_longer_than_any_list_is_not_looked_at() {
    let padded = format!("foo=1,{}bar=2", " ".repeat(20_000));
    assert_eq!(through(&[&padded]), "");
}

#[test]
fn a_member_that_changed_is_first_and_the_others_keep_their_order() {
    let state = TraceState::from_key_value([("a", "1"), ("b", "2"), ("c", "3")]).unwrap();
    let state = state.insert("c", "4").unwrap();
    let fields = inject(Propagator::TraceContext, &with_state(state));
    assert_eq!(written(&fields.text()), "c=4,a=1,b=2");
}

#[test]
fn a_member_that_would_break_the_header_is_not_written() {
    let state = TraceState::from_key_value([("a", "1\r\nx: y"), ("b", ""), ("", "3"), ("d", "4")]);
    let fields = inject(Propagator::TraceContext, &with_state(state.unwrap()));
    assert_eq!(written(&fields.text()), "d=4");
    let state = TraceState::from_key_value([("a", "\n")]).unwrap();
    let fields = inject(Propagator::TraceContext, &with_state(state));
    assert!(!fields.text().contains("tracestate"));
}
