//! Key-value pairs appended to SQL as a comment (sqlcommenter).

use std::borrow::Cow;
use std::fmt::Write;

use super::Dialect;
use super::tokens::{Kind, Tokens};
use crate::propagation::{encode, is_unreserved};

/// The text with `/*key='value',…*/` at its end, in front of a `;` that ends it. Keys are sorted; keys and values are
/// percent-encoded, so that no value ends the comment.
///
/// A text that has a comment already stays as it is, and so does one whose end is not certain: a comment behind an open
/// string would be a part of it.
///
/// ```
/// use otel_auto_core::sql::{Dialect, commented};
///
/// let fields = [("tracestate", "a=1,b=2"), ("traceparent", "00-…-01")];
/// let text = commented("SELECT * FROM songs", Dialect::PostgreSql, &fields);
/// assert_eq!(text, "SELECT * FROM songs /*traceparent='00-%E2%80%A6-01',tracestate='a%3D1%2Cb%3D2'*/");
/// let text = "SELECT 1 -- first";
/// assert_eq!(commented(text, Dialect::PostgreSql, &fields), text);
/// ```
#[must_use]
pub fn commented<'a>(
    sql: &'a str,
    dialect: Dialect,
    fields: &[(impl AsRef<str>, impl AsRef<str>)],
) -> Cow<'a, str> {
    let closed = |kind: Kind| !matches!(kind, Kind::Comment | Kind::Hidden);
    let is_blank = |char: char| char == ';' || char.is_ascii_whitespace();
    let statement = sql.trim_end_matches(is_blank);
    if fields.is_empty()
        || statement.is_empty()
        || !Tokens::new(sql, dialect).all(|token| closed(token.kind))
    {
        return Cow::Borrowed(sql);
    }
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
        .collect();
    fields.sort_unstable();
    let mut text = statement.to_owned();
    for (index, (key, value)) in fields.into_iter().enumerate() {
        text.push_str(if index == 0 { " /*" } else { "," });
        encode(&mut text, key, is_unreserved);
        text.push_str("='");
        encode(&mut text, value, is_unreserved);
        text.push('\'');
    }
    text.push_str("*/");
    if let Some(end) = sql.get(statement.len()..) {
        let _ = text.write_str(end);
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: [(&str, &str); 1] = [("k", "it's */ -- v")];

    #[test]
    fn a_comment_goes_in_front_of_what_ends_the_statement() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1 /*k='it%27s%20%2A%2F%20--%20v'*/"),
            (
                "SELECT 1 ;\n",
                "SELECT 1 /*k='it%27s%20%2A%2F%20--%20v'*/ ;\n",
            ),
            (
                "SELECT '-- /*'",
                "SELECT '-- /*' /*k='it%27s%20%2A%2F%20--%20v'*/",
            ),
        ] {
            assert_eq!(commented(sql, Dialect::PostgreSql, &FIELD), expected);
        }
    }

    #[test]
    fn what_has_a_comment_or_no_certain_end_stays_as_it_is() {
        for sql in [
            "SELECT 1 /* why */",
            "SELECT 1 -- why",
            "SELECT 'open",
            "SELECT $q$ open",
            "",
            " ; ",
        ] {
            assert_eq!(commented(sql, Dialect::PostgreSql, &FIELD), sql);
        }
        let hash = "SELECT 1 # why";
        assert_eq!(commented(hash, Dialect::MySql, &FIELD), hash);
        let none: [(&str, &str); 0] = [];
        assert_eq!(commented("SELECT 1", Dialect::MySql, &none), "SELECT 1");
    }
}
