//! The statements that sqlx itself makes.

/// Is it what sqlx sends for its transactions?
pub(crate) fn is_transaction_control(sql: &str) -> bool {
    let savepoint = |prefix| {
        sql.strip_prefix(prefix).is_some_and(|depth: &str| {
            !depth.is_empty() && depth.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    matches!(sql, "BEGIN" | "COMMIT" | "ROLLBACK")
        // What MySQL's `begin_with` is given.
        || sql.starts_with("START TRANSACTION")
        || savepoint("SAVEPOINT _sqlx_savepoint_")
        || savepoint("RELEASE SAVEPOINT _sqlx_savepoint_")
        || savepoint("ROLLBACK TO SAVEPOINT _sqlx_savepoint_")
}

/// Is it what a driver sends for itself, to set up a connection or to learn of a type? It is known by its exact text, so
/// that nothing of the program's is taken for it.
pub(crate) fn is_of_driver(sql: &str) -> bool {
    sets_up_mysql(sql) || sets_up_sqlite(sql) || asks_postgresql(sql.trim())
}

/// `SET {options};`, without the blanks that anybody else would put between the options. `NAMES` alone may be the
/// program's.
fn sets_up_mysql(sql: &str) -> bool {
    const MODE: &str = "sql_mode=(SELECT CONCAT(@@sql_mode, ',";
    const MODES: [&str; 3] = [
        "PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION'))",
        "PIPES_AS_CONCAT'))",
        "NO_ENGINE_SUBSTITUTION'))",
    ];
    let options = sql
        .strip_prefix("SET ")
        .and_then(|sql| sql.strip_suffix(';'))
        .filter(|options| !options.contains(';'));
    options.is_some_and(|options| match options.strip_prefix(MODE) {
        Some(rest) => MODES.iter().any(|modes| rest.starts_with(modes)),
        None => options.starts_with("time_zone='") && options.contains("',NAMES "),
    })
}

/// Statements that all end with a blank, the last one too.
fn sets_up_sqlite(sql: &str) -> bool {
    let is_one = |pragma: &str| {
        pragma.starts_with("PRAGMA ") && pragma.contains(" = ") && pragma.ends_with("; ")
    };
    // Most queries are told by their first letters.
    is_one(sql) && sql.split_inclusive("; ").all(is_one)
}

fn asks_postgresql(sql: &str) -> bool {
    // sqlx 0.9.
    sql.starts_with("SELECT pg_type.oid,\npg_type.oid::regtype::text pretty_name,\n")
        || sql.starts_with("SELECT\nattrelid table_oid,\nattrelid::regclass::text table_name,\n")
        // sqlx 0.8.
        || matches!(
            sql,
            "SELECT oid::regtype::text, typtype, typcategory, typrelid, typelem, typbasetype \
             FROM pg_catalog.pg_type WHERE oid = $1"
                | "SELECT enumlabel\nFROM pg_catalog.pg_enum\nWHERE enumtypid = $1\nORDER BY enumsortorder"
                | "SELECT attname, atttypid\nFROM pg_catalog.pg_attribute\nWHERE attrelid = $1\n\
                   AND NOT attisdropped\nAND attnum > 0\nORDER BY attnum"
                | "SELECT rngsubtype\nFROM pg_catalog.pg_range\nWHERE rngtypid = $1"
                | "SELECT $1::regtype::oid"
                | "SELECT oid, typarray FROM pg_catalog.pg_type WHERE oid = $1::regtype::oid"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_driver_sends_for_itself_is_known_by_its_exact_text() {
        for sql in [
            "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),\
             time_zone='+00:00',NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;",
            "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',NO_ENGINE_SUBSTITUTION'));",
            "SET time_zone='+00:00',NAMES utf8mb4;",
            "PRAGMA foreign_keys = ON; ",
            "PRAGMA page_size = 1; PRAGMA foreign_keys = OFF; ",
            "SELECT pg_type.oid,\npg_type.oid::regtype::text pretty_name,\ntypname",
            "\nSELECT enumlabel\nFROM pg_catalog.pg_enum\nWHERE enumtypid = $1\nORDER BY enumsortorder\n            ",
        ] {
            assert!(is_of_driver(sql), "{sql}");
        }
        for sql in [
            "",
            "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'));",
            "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')); DELETE FROM t;",
            "SET time_zone='+00:00'",
            "SET NAMES utf8mb4;",
            "PRAGMA foreign_keys = ON;",
            "PRAGMA foreign_keys = ON; SELECT 1; ",
            "PRAGMA foreign_keys; ",
            "SELECT pg_type.oid FROM pg_type",
        ] {
            assert!(!is_of_driver(sql), "{sql}");
        }
    }

    #[test]
    fn only_the_statements_of_sqlx_itself_are_known() {
        for sql in [
            "BEGIN",
            "ROLLBACK TO SAVEPOINT _sqlx_savepoint_1",
            "RELEASE SAVEPOINT _sqlx_savepoint_12",
        ] {
            assert!(is_transaction_control(sql), "{sql}");
        }
        for sql in [
            "BEGIN IMMEDIATE",
            "SAVEPOINT mine",
            "SAVEPOINT _sqlx_savepoint_",
        ] {
            assert!(!is_transaction_control(sql), "{sql}");
        }
    }
}
