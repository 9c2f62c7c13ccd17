//! Texts made to hurt.

use super::generator::Random;
use crate::sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use crate::sql::tokens::Tokens;
use crate::sql::{MAX_SUMMARY, MAX_TEXT, sanitize, summary};

const ALL: [Dialect; 4] = [PostgreSql, MySql, Sqlite, Unknown];

fn survives(sql: &str) {
    for dialect in ALL {
        let mut end = 0;
        for token in Tokens::new(sql, dialect) {
            assert_eq!(token.start, end, "{dialect:?}: a gap");
            assert!(!token.text.is_empty(), "{dialect:?}: an empty token");
            end = token.end();
        }
        assert_eq!(end, sql.len(), "{dialect:?}: the end is missing");
        let text = sanitize(sql, dialect);
        assert!(text.len() <= MAX_TEXT);
        assert_eq!(
            sanitize(&text, dialect),
            text,
            "{dialect:?}: {:?}",
            sql.chars().take(200).collect::<String>()
        );
        assert!(summary(sql, dialect).unwrap_or_default().chars().count() <= MAX_SUMMARY);
    }
}

#[test]
fn endless_repetition_of_one_thing_is_read_to_its_end() {
    let things = [
        "'",
        "\"",
        "`",
        "(",
        ")",
        "[",
        "]",
        "/*",
        "*/",
        "--",
        "#",
        "$",
        "$$",
        "$a",
        "$a$",
        "\\",
        "'\\",
        "E'",
        "?",
        ":",
        "@",
        ".",
        "0",
        "-",
        "é",
        "\u{10ffff}",
        "\0",
        "\r",
        "IN (",
        "IN (1,",
        "VALUES (1),",
        "FROM ",
        "SELECT (",
        "a.",
        ";",
        "/*!",
        "WITH a AS (",
        "[a",
        "`a",
        "x'",
        "U&'",
    ];
    // Any of them would take minutes at this size if it were read in more than linear time.
    for (index, thing) in things.into_iter().enumerate() {
        let size = if index < 12 { 1 << 20 } else { 1 << 17 };
        survives(&thing.repeat(size / thing.len()));
        for start in ["SELECT a FROM ", "SELECT a IN ("] {
            survives(&(start.to_owned() + &thing.repeat((1 << 14) / thing.len())));
        }
    }
}

#[test]
fn random_bytes_and_random_fragments_are_read_to_their_end() {
    let fragments = [
        "'", "\"", "`", "[", "]", "/*", "*/", "--", "#", "$a$", "$1", "\\", "E'", "0x", "1e", "-",
        "+", ".", "\n", "\r", " ", "IN", "(", ")", ",", "VALUES", "SELECT", "FROM", "é", "a", "::",
        ":a", "@", "?", ";", "DISTINCT", "TRUE", "/*!", "!",
    ];
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(60))
            .map(|_| random.next().to_le_bytes()[3])
            .collect();
        survives(&String::from_utf8_lossy(&bytes));
        let text: String = (0..random.below(25))
            .map(|_| random.pick(&fragments))
            .collect();
        survives(&text);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_to_its_end(sql in proptest::prelude::any::<String>(), quoted in "['\"`$/*\\\\;#a1 \n-]{0,80}") {
        survives(&sql);
        survives(&quoted);
        survives(&format!("SELECT {quoted}{sql}"));
    }
}

#[test]
fn no_text_takes_longer_than_it_is_long() {
    for pieces in [
        "'",
        "((",
        "IN ((1, ",
        "VALUES (1), ",
        "/* ",
        "$a$ ",
        "a.",
        "-",
        "[a] ",
        "x'1' ",
        "WITH a AS (",
        "COPY a FROM ",
    ] {
        for dialect in ALL {
            otel_auto_testing::assert_linear(
                |_| pieces.to_owned(),
                |sql| (sanitize(sql, dialect).len(), summary(sql, dialect)),
            );
        }
    }
}

#[test]
fn twice_the_text_is_twice_the_tokens() {
    for unit in [
        "SELECT a FROM t WHERE b = 'c' AND d IN (1, 2);",
        "(",
        "IN (1, x, ",
        "VALUES (1), (x), ",
        "[a](",
        "a.b ",
    ] {
        for dialect in ALL {
            let count = |times: usize| Tokens::new(&unit.repeat(times), dialect).count();
            assert_eq!(
                count(2_000) - count(1_000),
                count(3_000) - count(2_000),
                "{dialect:?}: {unit}"
            );
        }
    }
}
