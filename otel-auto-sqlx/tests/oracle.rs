//! What the servers themselves take for a value is hidden: random texts are run, and where one gives a marked value back,
//! the mark is not in the text that would be recorded. `OTEL_AUTO_SQL_CASES` sets how many texts each mode of each server
//! gets (10,000 unless it is set).
#![cfg(all(feature = "mysql", feature = "postgres", feature = "sqlite"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use otel_auto_core::sql::{
    Dialect::{self, MySql, PostgreSql, Sqlite, Unknown},
    sanitize, summary,
};
use sqlx::{AssertSqlSafe, ColumnIndex, Connection, Database, Decode, Executor, Row};

/// What stands in the literals, as text and as a number: another in each, as one may be in a comment.
const MARKS: [(&str, &str); 3] = [("husha", "77311"), ("hushb", "77312"), ("hushc", "77313")];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    fn some(&mut self, most: usize, from: &[&'static str]) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(from)).collect()
    }

    fn text(&mut self) -> String {
        const OPEN: [&str; 16] = [
            "'", "'", "'", "\"", "`", "[", "E'", "e'", "N'", "U&'", "$$", "$a$", "$é$", "x'",
            "_utf8'", "B'",
        ];
        const CLOSE: [&str; 8] = ["'", "'", "'", "\"", "`", "]", "$$", "$a$"];
        const NOISE: [&str; 30] = [
            "'", "''", "\\", "\\\\", "\\'", "\"", "\\\"", "`", "$", "$$", "$a$", "--", "-- ", "/*",
            "*/", "/*!", "#", "\n", "\r", ";", ",", "(", ")", " ", "[", "]", "é", "a", "?", "",
        ];
        const BETWEEN: [&str; 16] = [
            ", ",
            ",",
            " ",
            "\n",
            " || ",
            "/**/",
            " -- '\n",
            "--'\n",
            " /* ' */ ",
            " # '\n",
            " /*! , */ ",
            " /* /* */ ' */",
            "-",
            "::text, ",
            " = ",
            "'",
        ];
        const NUMBERS: [&str; 12] = [
            "9", "-9", "9.5", ".9", "9e1", "0x9", "9a", "1_9", "1-9", "1--9", "9.", "x'9'",
        ];
        let mut text = "SELECT ".to_owned();
        for mark in MARKS.iter().take(1 + self.below(MARKS.len())) {
            let (of_text, of_number) = mark;
            if self.below(6) == 0 {
                text += &self.pick(&NUMBERS).replace('9', of_number);
            } else {
                let open = self.pick(&OPEN);
                text += open;
                text += &self.some(2, &NOISE);
                text += of_text;
                text += &self.some(2, &NOISE);
                // Most often what closes it.
                text += match open {
                    _ if self.below(5) == 0 => self.pick(&CLOSE),
                    "[" => "]",
                    quote if quote.starts_with('$') => quote,
                    quote => &quote[quote.len() - 1..],
                };
            }
            text += if self.below(2) == 0 {
                ", "
            } else {
                self.pick(&BETWEEN)
            };
        }
        text += "1";
        text
    }
}

/// Runs so many texts; gives how many of them gave a marked value back.
async fn run<C>(connection: &mut C, dialects: &[Dialect]) -> usize
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    for<'r> String: Decode<'r, C::Database>,
    usize: ColumnIndex<<C::Database as Database>::Row>,
{
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = 0;
    for _ in 0..texts() {
        let sql = random.text();
        let rows = (&mut *connection).fetch_all(AssertSqlSafe(sql.clone()));
        let Ok(rows) = rows.await else {
            continue;
        };
        let values: Vec<String> = rows
            .iter()
            .flat_map(|row| (0..row.len()).filter_map(|at| row.try_get_unchecked(at).ok()))
            .collect();
        let is_value = |mark: &&str| values.iter().any(|value| value.contains(mark));
        let marks = MARKS.iter().flat_map(|(text, number)| [*text, *number]);
        for mark in marks.filter(is_value) {
            seen += 1;
            for &dialect in dialects {
                let text = sanitize(&sql, dialect);
                let summary = summary(&sql, dialect).unwrap_or_default();
                let hidden = !text.contains(mark) && !summary.contains(mark);
                assert!(
                    hidden,
                    "{dialect:?}: {sql:?}\n{text:?}\n{summary}\n{values:?}"
                );
            }
        }
    }
    seen
}

fn texts() -> usize {
    let count = std::env::var("OTEL_AUTO_SQL_CASES").ok();
    count.and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

fn enough(seen: usize) {
    assert!(seen * 50 > texts(), "{seen}");
}

#[tokio::test]
async fn what_sqlite_takes_for_a_value_is_hidden() {
    let connection = sqlx::SqliteConnection::connect("sqlite::memory:");
    let mut connection = connection.await.unwrap();
    enough(run(&mut connection, &[Sqlite, Unknown]).await);
}

#[tokio::test]
async fn what_postgresql_takes_for_a_value_is_hidden() {
    let Some(url) = otel_auto_testing::servers::url("POSTGRES_URL") else {
        return;
    };
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    enough(run(&mut connection, &[PostgreSql, Unknown]).await);
    let mode = "SET standard_conforming_strings = off";
    connection.execute(mode).await.unwrap();
    enough(run(&mut connection, &[PostgreSql, Unknown]).await);
}

#[tokio::test]
async fn what_mariadb_takes_for_a_value_is_hidden() {
    let Some(url) = otel_auto_testing::servers::url("MYSQL_URL") else {
        return;
    };
    let mut connection = sqlx::MySqlConnection::connect(&url).await.unwrap();
    enough(run(&mut connection, &[MySql, Unknown]).await);
    for mode in [
        "NO_BACKSLASH_ESCAPES",
        "ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
        "ANSI_QUOTES",
    ] {
        let mode = format!("SET sql_mode = '{mode}'");
        connection.execute(AssertSqlSafe(mode)).await.unwrap();
        enough(run(&mut connection, &[MySql, Unknown]).await);
    }
}
