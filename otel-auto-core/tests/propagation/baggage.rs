//! W3C baggage.

use opentelemetry::{
    Context, KeyValue,
    baggage::{Baggage, BaggageExt},
};
use otel_auto_core::propagation::{Propagation, Propagator};

use crate::carrier::{Fields, extract, inject, members};

fn read(headers: &[&str]) -> String {
    let fields: Vec<_> = headers.iter().map(|header| ("baggage", *header)).collect();
    members(&extract(Propagator::Baggage, &fields))
}

fn write(baggage: Baggage) -> String {
    inject(Propagator::Baggage, &Context::new().with_baggage(baggage)).text()
}

#[test]
fn a_header_is_read_by_the_recommendation() {
    for (case, header, expected) in [
        ("one", "key1=value1", "key1=value1"),
        ("several", "a=1,b=2", "a=1 | b=2"),
        ("white space", " \ta \t = \t 1 \t , b = 2 ", "a=1 | b=2"),
        ("properties", "a=1;p;q=2", "a=1;p;q=2"),
        (
            "white space around properties",
            "a = 1 \t ; p ; q = 2 ,b=2",
            "a=1;p;q=2 | b=2",
        ),
        ("a property twice", "a=1;p;p=2;p=3", "a=1;p;p=2;p=3"),
        (
            "properties are opaque",
            "a=1;p=%20;q%20=1",
            "a=1;p=%20;q%20=1",
        ),
        ("nothing between separators", "a=1;;p;", "a=1;p"),
        ("no value", "a=", "a="),
        ("no value but a property", "a=;p", "a=;p"),
        ("equals signs in a value", "a=b=c==", "a=b=c=="),
        ("percent-encoded", "a=DF%2028%2C%3B%22%5c", "a=DF 28,;\"\\"),
        (
            "percent-encoded UTF-8",
            "a=Am%C3%A9lie%20%f0%9f%a6%80",
            "a=Amélie 🦀",
        ),
        (
            "an encoded percent sign is decoded once",
            "a=%2520",
            "a=%20",
        ),
        ("not UTF-8", "a=x%80y", "a=x\u{fffd}y"),
        ("half of a character", "a=%C3", "a=\u{fffd}"),
        (
            "a percent sign that encodes nothing",
            "a=100%,b=%4,c=%zz",
            "a=100% | b=%4 | c=%zz",
        ),
        ("keys are not decoded", "a%20b=1", "a%20b=1"),
        ("keys are case-sensitive", "a=1,A=2", "A=2 | a=1"),
        (
            "every character of a token",
            "!#$%&'*+-.^_`|~09azAZ=1",
            "!#$%&'*+-.^_`|~09azAZ=1",
        ),
        ("every kind of octet", "a=!#+-:<[]~", "a=!#+-:<[]~"),
        ("of duplicates the last", "a=1;p,b=2,a=3", "a=3 | b=2"),
        ("empty", "", ""),
        ("empty members", ",, a=1 ,\t,", "a=1"),
        ("no equals sign", "a,b=2", "b=2"),
        ("no key", "=1,b=2", "b=2"),
        ("white space in a key", "a b=1,b=2", "b=2"),
        ("a key that is no token", "a(b)=1,b=2", "b=2"),
        ("white space in a value", "a=1 2,b=2", "b=2"),
        ("a quote in a value", "a=\"1\",b=2", "b=2"),
        ("a backslash in a value", "a=1\\2,b=2", "b=2"),
        ("a value that is not ASCII", "a=ä,b=2", "b=2"),
        ("a control character", "a=\u{1},b=2", "b=2"),
        ("a property that is no token", "a=1;p q,b=2", "b=2"),
        ("a property with a quote", "a=1;p=\"q\",b=2", "b=2"),
        ("a property without a key", "a=1;=2,b=2", "b=2"),
    ] {
        assert_eq!(read(&[header]), expected, "{case}: {header:?}");
    }
}

#[test]
fn several_fields_are_one_list() {
    assert_eq!(read(&["a=1", "b=2,c=3"]), "a=1 | b=2 | c=3");
    assert_eq!(read(&["a=1", "a=2"]), "a=2");
    assert_eq!(read(&["", "malformed", "b=2"]), "b=2");
}

#[test]
fn sixty_four_members_are_read_and_no_more() {
    let list = |count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!("k{at:03}={at}")).collect();
        members.join(",")
    };
    assert_eq!(read(&[&list(64)]), list(64).replace(',', " | "));
    assert_eq!(read(&[&list(65)]), list(64).replace(',', " | "));
}

#[test]
fn eight_thousand_and_192_bytes_are_read_and_only_whole_members() {
    let exact = format!("a={},b={}", "x".repeat(4_096), "y".repeat(4_091));
    assert_eq!(exact.len(), 8_192);
    assert_eq!(read(&[&exact]), exact.replace(',', " | "));
    let first = format!("a={}", "x".repeat(4_096));
    assert_eq!(read(&[&format!("{exact}y")]), first);
    assert_eq!(read(&[&format!("{exact},c=3")]), exact.replace(',', " | "));
    assert_eq!(read(&[&first, &format!("b={}", "y".repeat(4_092))]), first);
    assert_eq!(read(&[&"x".repeat(10_000)]), "");
    assert_eq!(read(&[&format!("a={}", "ä".repeat(10_000)), "b=2"]), "b=2");
}

#[test]
fn what_comes_in_is_added_to_what_is_there() {
    let context = Context::new().with_baggage([KeyValue::new("a", "1"), KeyValue::new("b", "2")]);
    let propagation = Propagation::new([Propagator::Baggage]);
    let extracted = propagation.extract(&context, &Fields::of(&[("baggage", "b=3,c=4")]));
    assert_eq!(members(&extracted), "a=1 | b=3 | c=4");
    let malformed = propagation.extract(&context, &Fields::of(&[("baggage", "what")]));
    assert_eq!(members(&malformed), "a=1 | b=2");
}

#[test]
fn members_are_written_in_the_order_of_their_keys_with_what_must_be_encoded() {
    let mut baggage = Baggage::new();
    let _ = baggage.insert("b", "100% ä,;\"\\+=\r\n");
    let _ = baggage.insert_with_metadata("a", "x/y:z@!", " p ; q = 1;not a token;;r");
    let _ = baggage.insert("c", "");
    assert_eq!(
        write(baggage),
        "baggage: a=x/y:z@!;p;q=1;r,b=100%25%20%C3%A4%2C%3B%22%5C%2B%3D%0D%0A,c="
    );
}

#[test]
fn without_baggage_nothing_is_written() {
    assert_eq!(write(Baggage::new()), "");
}

#[test]
fn a_member_that_does_not_fit_is_left_out_whole() {
    let mut baggage = Baggage::new();
    let _ = baggage.insert("a", "1");
    let _ = baggage.insert("b", "ä".repeat(2_000)); // three times as long when encoded
    let _ = baggage.insert("c", "3");
    assert_eq!(write(baggage), "baggage: a=1,c=3");
}

#[test]
fn what_was_written_is_read_again() {
    let mut baggage = Baggage::new();
    for (key, value) in [
        ("plain", "value"),
        ("odd", "ä 🦀 %,;=+\"\\\t"),
        ("empty", ""),
    ] {
        let _ = baggage.insert_with_metadata(key, value, "p;q=1");
    }
    let context = Context::new().with_baggage(baggage);
    let fields = inject(Propagator::Baggage, &context);
    let again = Propagation::new([Propagator::Baggage]).extract(&Context::new(), &fields);
    assert_eq!(members(&again), members(&context));
}
