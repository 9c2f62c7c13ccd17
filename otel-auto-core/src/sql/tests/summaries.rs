//! Hand-written queries, and how they are summarised.

use crate::sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use crate::sql::{MAX_SUMMARY, summary};

const ALL: [Dialect; 4] = [PostgreSql, MySql, Sqlite, Unknown];

fn summarised(cases: &[(&str, &str)], dialects: &[Dialect]) {
    for (query, expected) in cases {
        for &dialect in dialects {
            assert_eq!(
                summary(query, dialect).unwrap_or_default(),
                *expected,
                "{dialect:?}: {query}"
            );
        }
    }
}

#[test]
fn queries_are_summarised_by_their_tables() {
    summarised(
        &[
            ("SELECT 1", "SELECT"),
            ("select * From Orders o", "select Orders"),
            (
                "SELECT a FROM dbo.T JOIN dbo.U ON T.x = U.x",
                "SELECT dbo.T dbo.U",
            ),
            (
                "SELECT a FROM t x LEFT OUTER JOIN u AS y USING (a, b), v WHERE c IN (1, 2)",
                "SELECT t u v",
            ),
            (
                "SELECT d FROM (SELECT * FROM orders o JOIN customers c ON o.c = c.c)",
                "SELECT SELECT orders customers",
            ),
            (
                "SELECT n, (SELECT count(*) FROM orders) FROM customers c",
                "SELECT SELECT orders customers",
            ),
            (
                "SELECT a FROM t WHERE b IN (SELECT c FROM u, v) ORDER BY d, e",
                "SELECT t SELECT u v",
            ),
            ("SELECT a FROM (t JOIN u ON t.a = u.a), v", "SELECT t u v"),
            (
                "SELECT EXTRACT(YEAR FROM d), TRIM('x' FROM e) FROM t",
                "SELECT t",
            ),
            ("SELECT a IS DISTINCT FROM b FROM t", "SELECT t"),
            (
                "SELECT a FROM t UNION ALL (SELECT a FROM u) EXCEPT SELECT a FROM v",
                "SELECT t u v",
            ),
            ("(SELECT a FROM t) UNION SELECT a FROM u", "SELECT t u"),
            ("SELECT a FROM t FOR UPDATE", "SELECT t"),
            ("SELECT a FROM ?", "SELECT"),
            ("SELECT a FROM 'secret', u", "SELECT u"),
            ("SELECT a FROM (VALUES (1), (2)) AS v, t", "SELECT t"),
            (
                "SELECT a FROM t, LATERAL (SELECT b FROM u) x",
                "SELECT t SELECT u",
            ),
            (
                "SELECT \"t\".a FROM generate_series(1, 5) g, t",
                "SELECT generate_series t",
            ),
            ("VALUES (1), (2)", "VALUES"),
            (
                "WITH r AS (SELECT * FROM o) SELECT * FROM r JOIN p ON 1 = 1",
                "SELECT o SELECT p",
            ),
            (
                "WITH RECURSIVE a (x) AS (SELECT 1 UNION ALL SELECT x FROM a), b AS (SELECT 2) SELECT * FROM A, b, c",
                "SELECT SELECT SELECT c",
            ),
            (
                "WITH d AS (DELETE FROM t RETURNING *) INSERT INTO log SELECT * FROM d",
                "DELETE t INSERT log SELECT",
            ),
            (
                "WITH d AS (SELECT 1) UPDATE t SET a = 1 FROM d",
                "SELECT UPDATE t",
            ),
            (
                "SELECT STRAIGHT_JOIN a FROM t STRAIGHT_JOIN u",
                "SELECT t u",
            ),
            ("VALUES (1) UNION SELECT a FROM t", "VALUES SELECT t"),
            (
                "SELECT a FROM t UNION VALUES (1) UNION SELECT a FROM u",
                "SELECT t VALUES SELECT u",
            ),
            (
                "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT * FROM n, t",
                "SELECT SELECT t",
            ),
        ],
        &ALL,
    );
}

#[test]
fn changes_are_summarised_by_their_targets() {
    summarised(
        &[
            ("INSERT INTO t (a, b) VALUES (1, 2)", "INSERT t"),
            (
                "INSERT INTO s (a)\nSELECT a FROM o WHERE b = 1",
                "INSERT s SELECT o",
            ),
            (
                "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1, b = 2",
                "INSERT t",
            ),
            (
                "INSERT INTO t SELECT a FROM u ON DUPLICATE KEY UPDATE a = 1, b = 2",
                "INSERT t SELECT u",
            ),
            (
                "INSERT OR REPLACE INTO t VALUES (replace(a, 'b', 'c'))",
                "INSERT t",
            ),
            ("REPLACE INTO t VALUES (1)", "REPLACE t"),
            ("UPDATE t SET a = (999), b = 2", "UPDATE t"),
            ("UPDATE session SET fail = 1", "UPDATE session"),
            (
                "UPDATE t SET a = 1 FROM u, v WHERE t.b = u.b",
                "UPDATE t u v",
            ),
            ("UPDATE a, b SET a.x = b.x", "UPDATE a b"),
            (
                "DELETE FROM t WHERE a IN (SELECT b FROM u)",
                "DELETE t SELECT u",
            ),
            ("DELETE FROM t USING u WHERE t.a = u.a", "DELETE t u"),
            (
                "MERGE INTO t USING s ON (t.a = s.a) WHEN MATCHED THEN UPDATE SET b = 1, c = 2",
                "MERGE t s",
            ),
            (
                "MERGE INTO t USING (SELECT a FROM s) x ON (1 = 1) WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
                "MERGE t SELECT s",
            ),
        ],
        &ALL,
    );
}

#[test]
fn definitions_are_summarised_by_kind_and_name() {
    summarised(
        &[
            (
                "CREATE TABLE MyTable (id INT DEFAULT 1 REFERENCES u ON DELETE CASCADE)",
                "CREATE TABLE MyTable",
            ),
            (
                "create temp table if not exists a.b (c int)",
                "create table a.b",
            ),
            (
                "CREATE TABLE t AS SELECT * FROM u",
                "CREATE TABLE t SELECT u",
            ),
            ("CREATE UNIQUE CLUSTERED INDEX i ON t (a)", "CREATE INDEX i"),
            (
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
                "CREATE INDEX i",
            ),
            (
                "CREATE OR REPLACE VIEW v AS SELECT * FROM t WHERE a = 1",
                "CREATE VIEW v",
            ),
            (
                "CREATE TRIGGER g ON t AFTER UPDATE AS BEGIN UPDATE t SET a = 1; DELETE FROM u; END;",
                "CREATE TRIGGER g",
            ),
            (
                "CREATE PROCEDURE p @a INT AS SELECT * FROM t; DELETE FROM u",
                "CREATE PROCEDURE p",
            ),
            (
                "CREATE USER ann WITH PASSWORD = 'secret'",
                "CREATE USER ann",
            ),
            (
                "ALTER TABLE t ADD COLUMN a INT DEFAULT 5, DROP COLUMN b",
                "ALTER TABLE t",
            ),
            ("ALTER TABLE t 'secret' ADD 5", "ALTER TABLE t"),
            ("DROP TABLE IF EXISTS a, b CASCADE", "DROP TABLE a b"),
            ("DROP SCHEMA s", "DROP SCHEMA s"),
            ("TRUNCATE TABLE a, b", "TRUNCATE TABLE a b"),
        ],
        &ALL,
    );
}

#[test]
fn other_statements_are_summarised_without_values() {
    summarised(
        &[
            ("BEGIN", "BEGIN"),
            ("START TRANSACTION READ ONLY", "START TRANSACTION"),
            ("ROLLBACK TO SAVEPOINT s1", "ROLLBACK"),
            ("SAVEPOINT s1; COMMIT", "SAVEPOINT COMMIT"),
            ("CALL app.refresh(1, 'x')", "CALL app.refresh"),
            ("EXEC sp_rename 'Old', 'New';", "EXEC sp_rename"),
            ("PRAGMA foreign_keys = ON", "PRAGMA foreign_keys"),
            ("SET LOCAL search_path TO secret", "SET search_path"),
            ("SET @v = 5", "SET"),
            ("SHOW FULL COLUMNS FROM t", "SHOW COLUMNS"),
            ("EXPLAIN ANALYZE SELECT a FROM t", "EXPLAIN SELECT t"),
            (
                "EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM t",
                "EXPLAIN DELETE t",
            ),
            ("EXPLAIN FORMAT=JSON SELECT a FROM t", "EXPLAIN SELECT t"),
            ("DESCRIBE SELECT a FROM t", "DESCRIBE SELECT t"),
            ("DESC FORMAT=TREE UPDATE t SET a = 1", "DESC UPDATE t"),
            ("DESCRIBE t", "DESCRIBE t"),
            ("EXPLAIN t", "EXPLAIN"),
            ("COPY t (a, b) FROM STDIN", "COPY t"),
            ("COPY (SELECT a FROM t) TO STDOUT", "COPY SELECT t"),
            ("GRANT SELECT ON t TO ann", "GRANT"),
            ("VACUUM", "VACUUM"),
            ("REFRESH MATERIALIZED VIEW v", "REFRESH MATERIALIZED VIEW v"),
            (
                "DELETE FROM a; ; INSERT INTO b VALUES (1); SELECT 1",
                "DELETE a INSERT b SELECT",
            ),
            ("-- x\n/* y */ SELECT a FROM t", "SELECT t"),
            ("hello world", ""),
            ("'SELECT' FROM t", ""),
            ("", ""),
            (";;", ""),
        ],
        &ALL,
    );
}

#[test]
fn quotes_of_names_are_kept_where_they_cannot_be_strings() {
    let query = r#"SELECT a FROM "song list", "s"."t" JOIN public."U" ON 1 = 1"#;
    summarised(
        &[(query, r#"SELECT "song list" "s"."t" public."U""#)],
        &[PostgreSql, Sqlite],
    );
    summarised(&[(query, "SELECT public")], &[MySql, Unknown]);
    summarised(
        &[("SELECT a FROM `t`, `s`.`u`", "SELECT `t` `s`.`u`")],
        &[MySql, Sqlite, Unknown],
    );
    summarised(
        &[("SELECT a FROM [t] JOIN [s].[u]", "SELECT [t] [s].[u]")],
        &[Sqlite, Unknown],
    );
}

#[test]
fn a_long_summary_ends_with_a_whole_word() {
    let name = "x".repeat(300);
    assert_eq!(
        summary(&format!("SELECT a FROM {name}, t"), Unknown).unwrap(),
        "SELECT"
    );
    let tables = (0..100)
        .map(|n| format!("täble_{n}"))
        .collect::<Vec<_>>()
        .join(", ");
    let text = summary(&format!("SELECT a FROM {tables}"), Unknown).unwrap();
    let length = text.chars().count();
    assert!(
        length <= MAX_SUMMARY && length > MAX_SUMMARY - 10,
        "{length}"
    );
    assert!(
        text.split(' ')
            .skip(1)
            .enumerate()
            .all(|(n, word)| word == format!("täble_{n}")),
        "{text}"
    );
}

#[test]
fn a_dialect_is_guessed_only_by_what_no_literal_can_hold() {
    for (query, dialect) in [
        (
            "SELECT \"a\" FROM \"t\" WHERE b = 'x' AND c = $1",
            PostgreSql,
        ),
        ("SELECT 1::int", PostgreSql),
        ("SELECT 'costs $1', b FROM t WHERE c = ?", MySql),
        ("SELECT \"it's $1\" FROM `t`", MySql),
        ("SELECT 'US$', a", Unknown),
        ("SELECT 'what?', \"what?\" FROM t -- ? `a`", Unknown),
        (r"SELECT 'it\'s $1', ?", Unknown),
        ("SELECT a ? 'b', $$it's secret$$", Unknown),
        ("SELECT a ? 'b', $$secret$$", Unknown),
        ("SELECT a ? 'b' --it's\n, 'secret'", Unknown),
        ("SELECT a ? 'b' /* /* */ it's secret */", Unknown),
        ("SELECT a #> '{b\n secret}' ? 'c'", Unknown),
        ("", Unknown),
    ] {
        assert_eq!(Dialect::guess(query), dialect, "{query}");
    }
}

#[test]
fn system_names_choose_the_dialect() {
    for (name, dialect) in [
        ("postgresql", PostgreSql),
        ("mysql", MySql),
        ("mariadb", MySql),
        ("sqlite", Sqlite),
    ] {
        assert_eq!(Dialect::from_system_name(name), dialect);
    }
    for name in ["", "other_sql", "microsoft.sql_server", "PostgreSQL"] {
        assert_eq!(Dialect::from_system_name(name), Unknown);
    }
}
