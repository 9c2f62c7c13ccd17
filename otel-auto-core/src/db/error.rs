//! What a server's error is by the convention of its system.

use std::borrow::Cow;

use crate::Failure;

/// An error that a SQL server answered, as codes.
///
/// | system | `db.response.status_code`, `error.type` | an error |
/// |---|---|---|
/// | `postgresql` | the SQLSTATE | from class 02 on |
/// | `mysql` | the vendor's code | always |
/// | `mariadb` | the vendor's code | from class 02 on, if the SQLSTATE is known; else always |
/// | `sqlite` | the (extended) result code | always |
/// | others | `SQLSTATE/code`, or the one that is known | from class 02 on, if the SQLSTATE is known; else always |
///
/// ```
/// use otel_auto_core::db::ServerError;
///
/// let duplicate = ServerError::new("mysql").sqlstate("23000").code(1062);
/// let failure = duplicate.failure().unwrap();
/// assert_eq!(failure.error_type, "1062");
/// assert_eq!(failure.status_code.as_deref(), Some("1062"));
/// assert!(ServerError::new("postgresql").sqlstate("01000").failure().is_none());
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct ServerError<'a> {
    system: &'a str,
    sqlstate: Option<&'a str>,
    code: Option<i64>,
}

impl<'a> ServerError<'a> {
    /// An error of a system, by its `db.system.name`.
    pub const fn new(system: &'a str) -> Self {
        Self {
            system,
            sqlstate: None,
            code: None,
        }
    }

    /// The SQLSTATE: five characters.
    pub const fn sqlstate(mut self, sqlstate: &'a str) -> Self {
        self.sqlstate = Some(sqlstate);
        self
    }

    /// The vendor's own code.
    pub const fn code(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }

    /// `db.response.status_code`. `None` if nothing is known that the system calls one.
    #[must_use]
    pub fn status_code(&self) -> Option<Cow<'a, str>> {
        let sqlstate = self.sqlstate.map(Cow::Borrowed);
        let code = self.code.map(|code| Cow::Owned(code.to_string()));
        match (self.system, sqlstate, code) {
            ("postgresql" | "cockroachdb", Some(sqlstate), _) => Some(sqlstate),
            ("mysql" | "mariadb" | "sqlite", _, Some(code)) => Some(code),
            (_, Some(sqlstate), Some(code)) => Some(format!("{sqlstate}/{code}").into()),
            (_, sqlstate, code) => sqlstate.or(code),
        }
    }

    /// Is it an error, not a warning?
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.system == "mysql" || self.sqlstate.is_none_or(sqlstate_is_error)
    }

    /// What ends the operation; `None` if it is no error.
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        if !self.is_error() {
            return None;
        }
        Some(match self.status_code() {
            Some(code) => Failure::new(bounded(&code)).status_code(code),
            None => Failure::new(crate::semconv::OTHER),
        })
    }
}

/// Is it an error, not success (class 00) or a warning (class 01)?
#[must_use]
pub fn sqlstate_is_error(sqlstate: &str) -> bool {
    !sqlstate.starts_with("00") && !sqlstate.starts_with("01")
}

/// Functions within the server may raise codes of their own making.
fn bounded(code: &str) -> Cow<'static, str> {
    crate::intern(code).map_or(Cow::Borrowed(crate::semconv::OTHER), Cow::Borrowed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn code(error: ServerError<'_>) -> Option<String> {
        error.status_code().map(Cow::into_owned)
    }

    #[test]
    fn each_system_has_its_own_status_code() {
        for (system, expected) in [
            ("postgresql", "42000"),
            ("mysql", "1071"),
            ("mariadb", "1071"),
            ("sqlite", "1071"),
            ("other_sql", "42000/1071"),
        ] {
            let both = ServerError::new(system).sqlstate("42000").code(1071);
            assert_eq!(code(both).as_deref(), Some(expected), "{system}");
            let sqlstate = ServerError::new(system).sqlstate("42000");
            assert_eq!(code(sqlstate).as_deref(), Some("42000"), "{system}");
            let vendor = ServerError::new(system).code(5);
            assert_eq!(code(vendor).as_deref(), Some("5"), "{system}");
            assert_eq!(code(ServerError::new(system)), None);
        }
    }

    #[test]
    fn success_and_warnings_are_no_errors_but_to_mysql() {
        for (system, sqlstate, is_error) in [
            ("postgresql", "00000", false),
            ("postgresql", "01P01", false),
            ("postgresql", "02000", true),
            ("postgresql", "23505", true),
            ("mariadb", "01000", false),
            ("mariadb", "23000", true),
            ("mysql", "01000", true),
        ] {
            let error = ServerError::new(system).sqlstate(sqlstate).code(1);
            assert_eq!(error.is_error(), is_error, "{system} {sqlstate}");
            assert_eq!(error.failure().is_some(), is_error);
        }
        let unknown = ServerError::new("postgresql").failure().unwrap();
        assert_eq!(unknown.error_type, "_OTHER");
        assert_eq!(unknown.status_code, None);
    }
}
