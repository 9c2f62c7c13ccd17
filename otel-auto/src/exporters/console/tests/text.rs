use std::ffi::OsStr;

use super::super::Style;
use super::super::text::{clean, clean_end, duration, width};

#[test]
fn colour_needs_a_terminal_and_no_no_color() {
    let colour = |terminal, no_color: Option<&str>| {
        let style = Style::plain().with_terminal(terminal, no_color.map(OsStr::new));
        style.colour
    };
    assert!(colour(true, None));
    assert!(colour(true, Some("")));
    assert!(!colour(true, Some("1")));
    assert!(!colour(true, Some("false")));
    assert!(!colour(false, None));
}

#[test]
fn durations_have_three_digits_or_so() {
    let cases = [
        (0, "0 ns"),
        (812, "812 ns"),
        (3_140, "3.1 µs"),
        (999_949, "999.9 µs"),
        (999_950, "1.0 ms"),
        (12_400_000, "12.4 ms"),
        (999_949_999, "999.9 ms"),
        (999_950_000, "1.00 s"),
        (1_240_000_000, "1.24 s"),
        (59_995_000_000, "1 m 00 s"),
        (125_000_000_000, "2 m 05 s"),
        (u64::MAX, "307445734 m 33 s"),
    ];
    for (nanos, expected) in cases {
        assert_eq!(duration(nanos), expected, "{nanos}");
    }
}

#[test]
fn texts_are_cut_to_cells() {
    assert_eq!(clean("abcdef", 6), "abcdef");
    assert_eq!(clean("abcdefg", 6), "abcde…");
    assert_eq!(clean("注文注文", 5), "注文…");
    assert_eq!(clean("注文注文", 4), "注…");
    assert_eq!(clean("a\x1bcdef", 5), "a…");
    assert_eq!(clean("abc", 0), "");
    assert_eq!(clean_end("src/main.rs:14", 32), "src/main.rs:14");
    assert_eq!(
        clean_end("/home/u/.cache/registry/crate-1.0/src/lib.rs:3", 32),
        "…/crate-1.0/src/lib.rs:3"
    );
}

#[test]
fn a_text_of_many_marks_is_cut_too() {
    let marks = format!("a{}", "\u{301}".repeat(100_000));
    let cut = clean(&marks, 10);
    assert!(cut.chars().count() < 50);
    assert!(width(&cut) <= 10);
}
