//! Hand-written queries, and what they become.

use std::borrow::Cow;

use crate::sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use crate::sql::{MAX_TEXT, sanitize};

const ALL: [Dialect; 4] = [PostgreSql, MySql, Sqlite, Unknown];

fn check(cases: &[(&str, &str)], dialects: &[Dialect]) {
    for (query, expected) in cases {
        for &dialect in dialects {
            assert_eq!(sanitize(query, dialect), *expected, "{dialect:?}: {query}");
        }
    }
}

#[test]
fn literals_become_question_marks_in_every_dialect() {
    check(
        &[
            ("SELECT 1, -1, +1", "SELECT ?, ?, ?"),
            ("SELECT 1.5, .5, -.5, 5.", "SELECT ?, ?, ?, ?"),
            ("SELECT 1.5e10, 1e-7, -2E+3", "SELECT ?, ?, ?"),
            ("SELECT 1_000_000, 0b101, 0o17", "SELECT ?, ?, ?"),
            ("SELECT 0xCAFE, 0Xcafe+1", "SELECT ?, ??"),
            ("SELECT 7+8", "SELECT ??"),
            (
                "SELECT 7 + 8, a-1, a -1, a - 1, (a)-1",
                "SELECT ? + ?, a-?, a -?, a - ?, (a)-?",
            ),
            ("SELECT 'a', 'it''s', ''", "SELECT ?, ?, ?"),
            ("SELECT 'two\nlines'", "SELECT ?"),
            (
                "SELECT N'a', X'1F', b'01', U&'d\u{e9}j\u{e0}'",
                "SELECT ?, ?, ?, ?",
            ),
            (
                "WHERE d = DATE '2026-01-01' AND i > INTERVAL '1' DAY",
                "WHERE d = DATE ? AND i > INTERVAL ? DAY",
            ),
            (
                "WHERE a = TRUE OR b = false OR c IS NULL",
                "WHERE a = ? OR b = ? OR c IS NULL",
            ),
            ("LIMIT 10 OFFSET 20", "LIMIT ? OFFSET ?"),
            ("LIMIT -1", "LIMIT ?"),
            (
                "SELECT r2d2 FROM c3po WHERE n1=12",
                "SELECT r2d2 FROM c3po WHERE n1=?",
            ),
            ("SELECT 12abc, 1..10", "SELECT ?, ?"),
            (
                "CREATE TABLE t (a varchar(255))",
                "CREATE TABLE t (a varchar(?))",
            ),
            ("SELECT t.true, true", "SELECT t.true, ?"),
            ("SELECT 'open", "SELECT ?"),
            ("SELECT 'naïve' AS größe", "SELECT ? AS größe"),
        ],
        &ALL,
    );
}

#[test]
fn parameters_names_and_keywords_are_kept() {
    check(
        &[
            (
                "SELECT a FROM t WHERE b = ? AND c = ?2",
                "SELECT a FROM t WHERE b = ? AND c = ?2",
            ),
            (
                "WHERE a = $1 AND b = :name AND c = @name",
                "WHERE a = $1 AND b = :name AND c = @name",
            ),
            ("SELECT a::text, b::int", "SELECT a::text, b::int"),
            ("WHERE a IN ($1)", "WHERE a IN ($1)"),
            ("WHERE a IN (f($1), $2)", "WHERE a IN (f($1), $2)"),
            ("SELECT @@version, count(*)", "SELECT @@version, count(*)"),
            ("SELECT 表.列 FROM 表", "SELECT 表.列 FROM 表"),
        ],
        &ALL,
    );
}

#[test]
fn comments_go_and_white_space_stays() {
    check(
        &[
            ("SELECT a -- it's\nFROM /* 'x' */ t", "SELECT a \nFROM  t"),
            ("  SELECT\t a\r\n ;  ", "  SELECT\t a\r\n ;  "),
            ("SELECT a/**/b", "SELECT a b"),
            ("/* only */", ""),
            ("", ""),
            ("SELECT a /* open 'x'", "SELECT a "),
            ("SELECT a -- open 'x'", "SELECT a "),
            ("SELECT - /* */ - 5", "SELECT -  - ?"),
            ("/* why */SELECT a", "SELECT a"),
            ("SELECT a/* why */,b", "SELECT a ,b"),
        ],
        &ALL,
    );
    assert_eq!(sanitize("SELECT a--/**/b", MySql), "SELECT a- - b");
}

#[test]
fn lists_of_values_and_rows_of_literals_collapse() {
    check(
        &[
            ("a IN (1, 'b', -3, NULL)", "a IN (?)"),
            ("a not in(1,2) AND b = 3", "a not in(?) AND b = ?"),
            ("a IN (1, b, 3)", "a IN (?, b, ?)"),
            ("a IN (1, ?, 3)", "a IN (?)"),
            ("a IN (?, ?, ?) AND b = ?", "a IN (?) AND b = ?"),
            ("a IN (:a, @b)", "a IN (?)"),
            ("a IN ('1'::int, '2'::int)", "a IN (?)"),
            ("(a, b) IN ((?, ?), (?, ?))", "(a, b) IN (?)"),
            ("a IN (?, b)", "a IN (?, b)"),
            ("a IN (1, 2,", "a IN (?, ?,"),
            ("a IN (SELECT 1)", "a IN (SELECT ?)"),
            ("(a, b) IN ((1, 'x'), (-2, NULL))", "(a, b) IN (?)"),
            ("(a, b) IN ((1, 2), (c, 3))", "(a, b) IN ((?, ?), (c, ?))"),
            ("a IN (((1)))", "a IN (((?)))"),
            (
                "INSERT INTO t VALUES (1, 'a'), (2, 'b'),\n(3, NULL)",
                "INSERT INTO t VALUES (?, ?)",
            ),
            (
                "INSERT INTO t VALUES (1), (f(2)), (3)",
                "INSERT INTO t VALUES (?), (f(?)), (?)",
            ),
            ("VALUES (1), (2) RETURNING id", "VALUES (?) RETURNING id"),
            ("VALUES (?, ?), (?, ?)", "VALUES (?, ?), (?, ?)"),
            (
                "UPDATE t SET (a, b) = (1, 2)",
                "UPDATE t SET (a, b) = (?, ?)",
            ),
        ],
        &ALL,
    );
}

#[test]
fn lists_of_numbered_parameters_collapse() {
    check(
        &[
            ("a IN ($1, $2) AND b = $3", "a IN (?) AND b = $3"),
            ("a IN ($1::uuid, $2::uuid)", "a IN (?)"),
            ("a IN ($1::uuid)", "a IN ($1::uuid)"),
            ("(a, b) IN (($1, $2), ($3, $4))", "(a, b) IN (?)"),
            ("VALUES ($1, $2), ($3, $4)", "VALUES ($1, $2), ($3, $4)"),
        ],
        &[PostgreSql, Sqlite, Unknown],
    );
}

#[test]
fn postgresql_quotes_are_understood() {
    check(
        &[
            (
                r#"SELECT "na'me", "a""b" FROM "S"."T""#,
                r#"SELECT "na'me", "a""b" FROM "S"."T""#,
            ),
            (r"SELECT E'it\'s', 'C:\', 'x'", "SELECT ?, ?, ?"),
            ("SELECT e'a'\n'it\\'s', b", "SELECT ?\n?, b"),
            ("SELECT $$it's$$, $q$a $$ b$q$, $1", "SELECT ?, ?, $1"),
            ("SELECT foo$bar$, 'x$bar$'", "SELECT foo$bar$, ?"),
            ("SELECT $q$ open 'a'", "SELECT ?"),
            ("SELECT a /* x /* y */ 'z' */ FROM t", "SELECT a  FROM t"),
            (
                "SELECT a #>> '{b}', c[1:2], ARRAY['x']",
                "SELECT a #>> ?, c[?:?], ARRAY[?]",
            ),
            (
                "SELECT j ? 'k', j ?| ARRAY['a']",
                "SELECT j ? ?, j ?| ARRAY[?]",
            ),
            ("SELECT a -- x\r, 'b'", "SELECT a \r, ?"),
            (
                "SELECT U&\"d\\0061t\" FROM t",
                "SELECT U&\"d\\0061t\" FROM t",
            ),
        ],
        &[PostgreSql],
    );
}

#[test]
fn mysql_quotes_are_understood() {
    check(
        &[
            (
                r#"SELECT `it's`, "it's", 'it\'s', 'a\\'"#,
                "SELECT `it's`, ?, ?, ?",
            ),
            ("SELECT a # it's\nFROM t", "SELECT a \nFROM t"),
            ("SELECT 5--3, a-- it's", "SELECT ?- ?, a"),
            (
                "SELECT /*! STRAIGHT_JOIN */ a, /*!40101 'x' */ 'y'",
                "SELECT  a,  ?",
            ),
            (
                "SELECT _utf8mb4'x', @'v', @v := 3",
                "SELECT _utf8mb4?, @?, @v := ?",
            ),
            ("SELECT /* /* */ 'a' , b", "SELECT  ? , b"),
        ],
        &[MySql],
    );
}

#[test]
fn a_string_that_ends_elsewhere_in_another_mode_of_the_server_hides_the_rest() {
    // In one mode two strings and a word, in the other one string that is followed by nothing that could be SQL.
    let two = [
        (r"SELECT 'C:\', 'secret', a", "SELECT ?"),
        (r"SELECT 'C:\', ' secret', a", "SELECT ?"),
        (r"SELECT 'C:\', '\', ' secret', a", "SELECT ?"),
        (r#"SELECT "C:\", " secret", a"#, "SELECT ?"),
    ];
    check(&two, &[MySql]);
    check(
        &[
            (r"SELECT 'it\'s secret', a", "SELECT ?"),
            (r"SELECT 'it\'s', 'a \'secret\'', a", "SELECT ?"),
            (r"SELECT 'C:\', 'x', a", "SELECT ?, ?, a"),
            (r"SELECT 'C:\' FROM t", "SELECT ? FROM t"),
        ],
        &[PostgreSql],
    );
    check(
        &[
            (r"SELECT 'it\'s', a", "SELECT ?, a"),
            (r"SELECT 'it\'s', a, 'it\'s'", "SELECT ?, a, ?"),
            (r"SELECT 'a \'b\'', '\'' FROM t", "SELECT ?, ? FROM t"),
            (r"SELECT 'C:\\', a, 'secret'", "SELECT ?, a, ?"),
        ],
        &[MySql],
    );
}

#[test]
fn keys_are_hidden_without_quotes_too() {
    check(
        &[
            ("PRAGMA key = secret", "PRAGMA key = ?"),
            ("PRAGMA Key=se; cret; PRAGMA a = ON", "PRAGMA Key=?"),
            ("PRAGMA rekey(secret)", "PRAGMA rekey(?"),
            ("PRAGMA main.hexkey = secret", "PRAGMA main.hexkey = ?"),
            ("PRAGMA foreign_keys = ON", "PRAGMA foreign_keys = ON"),
            (
                "SELECT key FROM t WHERE key = other",
                "SELECT key FROM t WHERE key = other",
            ),
            (
                "CREATE USER ann IDENTIFIED BY secret PROFILE p",
                "CREATE USER ann IDENTIFIED BY ? PROFILE p",
            ),
        ],
        &ALL,
    );
}

#[test]
fn sqlite_quotes_are_understood() {
    check(
        &[
            (
                "SELECT [it's], `it's` FROM [a b]",
                "SELECT [it's], `it's` FROM [a b]",
            ),
            (
                r#"SELECT "t"."a" FROM "t" WHERE "t".b = "secret""#,
                r#"SELECT "t"."a" FROM "t" WHERE "t".b = ?"#,
            ),
            (
                r#"SELECT a IS DISTINCT FROM "secret""#,
                "SELECT a IS DISTINCT FROM ?",
            ),
            (r"SELECT 'C:\', $v, :v, @v, ?3", "SELECT ?, $v, :v, @v, ?3"),
            ("SELECT [open", "SELECT ?"),
            ("SELECT \"secret\".5", "SELECT ?.?"),
        ],
        &[Sqlite],
    );
}

#[test]
fn unknown_dialect_hides_what_another_reading_would_leak() {
    check(
        &[
            (r#"SELECT "a", 'b'"#, "SELECT ?, ?"),
            ("SELECT `a`.`b` FROM [c]", "SELECT `a`.`b` FROM [c]"),
            (r"SELECT 'it\'s', 'secret'", "SELECT ?"),
            (r"SELECT 'C:\', 'secret'", "SELECT ?"),
            (r"SELECT 'pair\\', 'other'", "SELECT ?, ?"),
            ("SELECT $$it's$$, a", "SELECT ?"),
            ("SELECT $$its$$, a", "SELECT ?, a"),
            ("SELECT [it's], 'secret'", "SELECT ?"),
            ("SELECT ARRAY['a', 'b'], c[1]", "SELECT ARRAY[?, ?], c[?]"),
            ("SELECT /* /* */ secret */ 1", "SELECT ?"),
            ("SELECT q'[it's secret]', 1", "SELECT ?"),
            ("SELECT nQ'{it's secret}', 1", "SELECT ?"),
            ("SELECT { guid '0-1' }", "SELECT { guid ? }"),
        ],
        &[Unknown],
    );
}

#[test]
fn unchanged_text_is_borrowed() {
    for query in [
        "SELECT a FROM t WHERE b = $1",
        "",
        "\n    SELECT a\n      FROM t;\n",
        "  SELECT a -- tail",
        "INSERT INTO t (a) VALUES (?)",
    ] {
        assert!(
            matches!(sanitize(query, PostgreSql), Cow::Borrowed(_)),
            "{query}"
        );
    }
}

#[test]
fn long_text_is_cut_between_tokens() {
    let query = format!("SELECT {}", "column_ab, ".repeat(2_000));
    let text = sanitize(&query, PostgreSql);
    assert!(text.len() <= MAX_TEXT && text.len() > MAX_TEXT - 20);
    assert!(
        text.trim_end().ends_with("column_ab") || text.trim_end().ends_with(','),
        "{}",
        &text[text.len() - 20..]
    );
    let list = format!(
        "SELECT a FROM t WHERE b IN ({}0) AND c = 1",
        "'x', ".repeat(100_000)
    );
    assert_eq!(
        sanitize(&list, PostgreSql),
        "SELECT a FROM t WHERE b IN (?) AND c = ?"
    );
}

#[test]
fn what_is_copied_from_the_client_is_data() {
    check(
        &[
            ("COPY t (a) FROM STDIN", "COPY t (a) FROM STDIN"),
            (
                "COPY t FROM stdin WITH (FORMAT csv);\nann,7\n\\.\n",
                "COPY t FROM stdin WITH (FORMAT csv);\n?",
            ),
            (
                "SELECT 1; copy t from stdin; ann",
                "SELECT ?; copy t from stdin; ?",
            ),
            ("COPY t FROM 'file'; SELECT a", "COPY t FROM ?; SELECT a"),
            (
                "SELECT copy FROM stdin; SELECT a",
                "SELECT copy FROM stdin; SELECT a",
            ),
        ],
        &ALL,
    );
}
