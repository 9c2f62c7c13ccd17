//! The statements that sqlx itself makes.

/// Is it what sqlx sends for its transactions?
pub(crate) fn is_transaction_control(sql: &str) -> bool {
    let savepoint = |prefix| {
        sql.strip_prefix(prefix).is_some_and(|depth: &str| {
            !depth.is_empty() && depth.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    matches!(sql, "BEGIN" | "COMMIT" | "ROLLBACK")
        || savepoint("SAVEPOINT _sqlx_savepoint_")
        || savepoint("RELEASE SAVEPOINT _sqlx_savepoint_")
        || savepoint("ROLLBACK TO SAVEPOINT _sqlx_savepoint_")
}

#[cfg(test)]
mod tests {
    use super::*;

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
