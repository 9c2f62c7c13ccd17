//! Which database a query went to, from what little is known.

/// The name by which the conventions know the system of a connection URL.
pub(crate) fn of_url(url: &str) -> Option<&'static str> {
    match url.split_once(':')?.0 {
        "postgres" | "postgresql" => Some("postgresql"),
        "mysql" => Some("mysql"),
        "mariadb" => Some("mariadb"),
        "sqlite" => Some("sqlite"),
        _ => None,
    }
}

/// SQLite's queries end on a thread that sqlx names.
pub(crate) fn of_thread() -> Option<&'static str> {
    let thread = std::thread::current();
    thread
        .name()
        .is_some_and(|name| name.starts_with("sqlx-sqlite"))
        .then_some("sqlite")
}

/// PostgreSQL numbers its placeholders, MySQL does not.
pub(crate) fn of_placeholders(sql: &str) -> Option<&'static str> {
    let numbered = sql
        .split('$')
        .skip(1)
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    if numbered {
        Some("postgresql")
    } else {
        sql.contains(['?', '`']).then_some("mysql")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_known_by_scheme_and_placeholder() {
        assert_eq!(of_url("postgres://u:p@h/db"), Some("postgresql"));
        assert_eq!(of_url("mariadb://h"), Some("mariadb"));
        assert_eq!(of_url("sqlite::memory:"), Some("sqlite"));
        assert_eq!(of_url("nothing"), None);
        assert_eq!(of_placeholders("SELECT $1"), Some("postgresql"));
        assert_eq!(of_placeholders("SELECT ?"), Some("mysql"));
        assert_eq!(of_placeholders("SELECT 1"), None);
        assert_eq!(of_placeholders("SELECT 'US$'"), None);
    }
}
