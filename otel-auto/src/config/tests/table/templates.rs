//! Rows of variables that are read alike.

use super::{Config, Row, Situations, case, row};

/// False unless true; shown as `off` and `on`.
pub(super) fn flag(
    name: &str,
    [off, on]: [&str; 2],
    show: impl Fn(&Config) -> String + 'static,
) -> Row {
    const WRONG: &str = "is neither `true` nor `false`; using false";
    let cases = Situations {
        spaces: case(" true ", on, ""),
        wrong_case: case("TRUE", on, ""),
        nonsense: case("banana", off, WRONG),
        zero: case("0", off, WRONG),
        negative: case("-1", off, WRONG),
        at_the_boundary: case("false", off, ""),
        beyond_it: case("1", off, WRONG),
        valid: case("true", on, ""),
    };
    row(name, off, show, cases)
}

/// True unless false.
pub(super) fn switch(name: &str, show: impl Fn(&Config) -> bool + 'static) -> Row {
    const WRONG: &str = "is neither `true` nor `false`; using true";
    let cases = Situations {
        spaces: case(" false ", "false", ""),
        wrong_case: case("FALSE", "false", ""),
        nonsense: case("banana", "true", WRONG),
        zero: case("0", "true", WRONG),
        negative: case("-1", "true", WRONG),
        at_the_boundary: case("true", "true", ""),
        beyond_it: case("1", "true", WRONG),
        valid: case("false", "false", ""),
    };
    row(name, "true", move |c| show(c).to_string(), cases)
}

/// Left to other variables unless it is true or false.
pub(super) fn override_of(name: &str, show: impl Fn(&Config) -> bool + 'static) -> Row {
    const WRONG: &str = "is neither `true` nor `false`; it is ignored";
    let mut row = switch(name, show);
    for wrong in [
        &mut row.cases.nonsense,
        &mut row.cases.zero,
        &mut row.cases.negative,
        &mut row.cases.beyond_it,
    ] {
        wrong.2 = WRONG;
    }
    row
}

/// From `min`, which is 0 or more, to `max`.
pub(super) fn number(
    name: &str,
    unset: &str,
    (min, max): (u32, u32),
    wrong: &'static str,
    show: impl Fn(&Config) -> String + 'static,
) -> Row {
    let zero = match min {
        0 => case("0", "0", ""),
        _ => case("0", unset, wrong),
    };
    let max_text = max.to_string();
    let cases = Situations {
        spaces: case("\t77 ", "77", ""),
        wrong_case: case("1E2", unset, wrong),
        nonsense: case("many", unset, wrong),
        zero,
        negative: case("-1", unset, wrong),
        at_the_boundary: case(&max_text, &max_text, ""),
        beyond_it: case(&(u64::from(max) + 1).to_string(), unset, wrong),
        valid: case("77", "77", ""),
    };
    row(name, unset, show, cases)
}

const MAX: u32 = i32::MAX.unsigned_abs();

pub(super) fn count(name: &str, unset: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    number(
        name,
        unset,
        (0, MAX),
        "is not a whole number from 0 to 2147483647",
        show,
    )
}

/// Zero is no limit.
pub(super) fn timeout(name: &str, unset: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    let wrong = "is not a whole number of milliseconds from 0 to 2147483647";
    let mut row = number(name, unset, (0, MAX), wrong, show);
    row.cases.zero = case("0", "no limit", "");
    row
}

pub(super) fn pause(
    name: &str,
    unset: &str,
    (min, wrong): (u32, &'static str),
    show: impl Fn(&Config) -> String + 'static,
) -> Row {
    number(name, unset, (min, MAX), wrong, show)
}

/// One of several names, of which two are given as they are shown.
pub(super) fn choice(
    name: &str,
    unset: &str,
    one: [&str; 2],
    other: [&str; 2],
    show: impl Fn(&Config) -> String + 'static,
) -> Row {
    const WRONG: &str = "is none of ";
    let cases = Situations {
        spaces: case(&format!(" {} ", one[0]), one[1], ""),
        wrong_case: case(&one[0].to_uppercase(), one[1], ""),
        nonsense: case("banana", unset, WRONG),
        zero: case("0", unset, WRONG),
        negative: case("-1", unset, WRONG),
        at_the_boundary: case(other[0], other[1], ""),
        beyond_it: case(&format!("{},{}", one[0], other[0]), unset, WRONG),
        valid: case(one[0], one[1], ""),
    };
    row(name, unset, show, cases)
}

/// Known names, or `none`.
pub(super) fn names(
    name: &str,
    unset: &str,
    one: [&str; 2],
    other: [&str; 2],
    show: impl Fn(&Config) -> String + 'static,
) -> Row {
    const WRONG: &str = ", which is not known";
    let both = format!("[{}, {}]", one[1], other[1]);
    let single = format!("[{}]", one[1]);
    let (one, other) = ([one[0], single.as_str()], other[0]);
    let cases = Situations {
        spaces: case(&format!(" {} , ", one[0]), one[1], ""),
        wrong_case: case(&one[0].to_uppercase(), one[1], ""),
        nonsense: case("banana", unset, WRONG),
        zero: case("0", unset, WRONG),
        negative: case("-1", unset, WRONG),
        at_the_boundary: case("none", "[]", ""),
        beyond_it: case(
            &format!("none,{}", one[0]),
            "[]",
            "combines `none` with other names; using none",
        ),
        valid: case(&format!("{},{other},{}", one[0], one[0]), &both, ""),
    };
    row(name, unset, show, cases)
}

/// A list of anything, shown with commas; in exact case.
pub(super) fn free(
    name: &str,
    unset: &str,
    show: impl Fn(&Config) -> Vec<String> + 'static,
) -> Row {
    let cases = Situations {
        spaces: case(" a , b ,", "a,b", ""),
        wrong_case: case("a,A", "a,A", ""),
        nonsense: case("b a n", "b a n", ""),
        zero: case("0", "0", ""),
        negative: case("-1", "-1", ""),
        at_the_boundary: case(",,", unset, ""),
        beyond_it: case("none", "", ""),
        valid: case("a,b,a", "a,b", ""),
    };
    row(name, unset, move |c| show(c).join(","), cases)
}

/// Regular expressions.
pub(super) fn regexes(name: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    let same = |value: &str| case(value, value, "");
    let cases = Situations {
        spaces: case(" /a$ , b ", "/a$,b", ""),
        wrong_case: same("/A"),
        nonsense: case(
            "(",
            "",
            "holds \"(\", which is no regular expression: unclosed group; it is ignored",
        ),
        zero: same("0"),
        negative: same("-1"),
        at_the_boundary: case(",,", "", ""),
        beyond_it: case("a{1000}{1000}", "", "which is too large; it is ignored"),
        valid: same(r"/a\d+[^/]*$,(?i)b\x2C,^c"),
    };
    row(name, "", show, cases)
}

/// Exact names of headers.
pub(super) fn headers(name: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    const WRONG: &str = ", which is no header's name; it is ignored";
    let cases = Situations {
        spaces: case(" X-Tenant , a ", "x-tenant,a", ""),
        wrong_case: case("A,a", "a", ""),
        nonsense: case("b a n", "", WRONG),
        zero: case("0", "0", ""),
        negative: case("-1", "-1", ""),
        at_the_boundary: case(",,", "", ""),
        beyond_it: case("*", "", WRONG),
        valid: case("b,a,b", "b,a", ""),
    };
    row(name, "", show, cases)
}

/// Any text at all.
pub(super) fn text(name: &str, unset: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    let same = |value: &str| case(value, value, "");
    let cases = Situations {
        spaces: case(" /a b ", "/a b", ""),
        wrong_case: same("/A/B"),
        nonsense: same("%zz=,;"),
        zero: same("0"),
        negative: same("-1"),
        at_the_boundary: same("/"),
        beyond_it: same("é"),
        valid: same("/a"),
    };
    row(name, unset, show, cases)
}

/// What is accepted and does nothing.
pub(super) fn ineffective(name: &'static str) -> Row {
    let noted = |value: &str| case(value, "noted", "");
    let cases = Situations {
        spaces: noted(" http "),
        wrong_case: noted("HTTP"),
        nonsense: noted("banana"),
        zero: noted("0"),
        negative: noted("-1"),
        at_the_boundary: noted(","),
        beyond_it: noted("http,banana"),
        valid: noted("http/dup"),
    };
    row(name, "", move |c| noted_once(c, name), cases)
}

pub(super) fn noted_once(config: &Config, name: &str) -> String {
    let noted = |note: &&String| note.starts_with(&format!("{name} has no effect: "));
    match config.ineffective.iter().filter(noted).count() {
        0 => String::new(),
        1 => "noted".to_owned(),
        more => format!("noted {more} times"),
    }
}

/// What is refused whatever it says.
pub(super) fn refused(name: &str) -> Row {
    let told = |value: &str| case(value, "", "is not supported in this version; using");
    let cases = Situations {
        spaces: told(" otel.yaml "),
        wrong_case: told("OTEL.YAML"),
        nonsense: told("%"),
        zero: told("0"),
        negative: told("-1"),
        at_the_boundary: told("/"),
        beyond_it: told("é"),
        valid: told("otel.yaml"),
    };
    row(name, "", |_| String::new(), cases)
}
