//! No literal of any generated query is ever seen again. `OTEL_AUTO_SQL_CASES` sets how many queries each dialect
//! gets (100,000 unless it is set).

use super::generator::{Generator, LAST_WORD, NUMBER_MARK, TEXT_MARK};
use crate::sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use crate::sql::{MAX_TEXT, sanitize, summary};

fn cases() -> u64 {
    std::env::var("OTEL_AUTO_SQL_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(100_000)
}

/// The generated dialect and the one it is read as. Returns how many queries were understood to their end.
fn holds_no_literal(written: Dialect, read: Dialect, cases: u64) -> u64 {
    let mut understood = 0;
    for seed in 1..=cases {
        let query = Generator::query(seed, written);
        let text = sanitize(&query, read);
        let short = summary(&query, read).unwrap_or_default();
        for output in [&*text, &*short] {
            let leaks = output.contains(TEXT_MARK) || output.contains(NUMBER_MARK);
            assert!(
                !leaks,
                "{written:?} as {read:?}, seed {seed}\n{query}\n=> {output}"
            );
        }
        assert_eq!(
            sanitize(&text, read),
            text,
            "{written:?} as {read:?}, seed {seed}\n{query}"
        );
        assert_eq!(
            summary(&text, read).unwrap_or_default(),
            short,
            "{written:?} as {read:?}, seed {seed}\n{query}\n{text}"
        );
        understood += u64::from(text.ends_with(LAST_WORD) || text.len() + 200 > MAX_TEXT);
    }
    understood
}

#[test]
fn no_postgresql_literal_survives() {
    let understood = holds_no_literal(PostgreSql, PostgreSql, cases());
    // Some can be read in two ways, by what the server's mode says of backslashes.
    assert!(understood * 10 > cases() * 9, "{understood}");
}

#[test]
fn no_mysql_literal_survives() {
    let understood = holds_no_literal(MySql, MySql, cases());
    assert!(understood * 10 > cases() * 9, "{understood}");
}

#[test]
fn no_sqlite_literal_survives() {
    assert_eq!(holds_no_literal(Sqlite, Sqlite, cases()), cases());
}

#[test]
fn no_literal_survives_when_the_dialect_is_unknown() {
    let mut understood = 0;
    for written in [PostgreSql, MySql, Sqlite] {
        understood += holds_no_literal(written, Unknown, cases().div_ceil(3));
    }
    // Most of these queries hold something that dialects read differently, but not all: hiding all would be useless.
    assert!(understood * 40 > cases(), "{understood} of {}", cases());
}
