//! SQL text made fit for telemetry: [`sanitize`] replaces every literal by `?`, [`summary`] names the operations
//! and what they work on (database client spans, "Sanitization of `db.query.text`" and "Generating a summary of
//! the query text"). Both read the text once, in linear time, and never fail: what cannot be understood is hidden.
//!
//! ```
//! use otel_auto_core::sql::{Dialect, sanitize, summary};
//!
//! let query = "SELECT name FROM users u JOIN teams t USING (team) WHERE u.mail = 'ann@example.com' LIMIT 10";
//! let dialect = Dialect::from_system_name("postgresql");
//! assert_eq!(
//!     sanitize(query, dialect),
//!     "SELECT name FROM users u JOIN teams t USING (team) WHERE u.mail = ? LIMIT ?"
//! );
//! assert_eq!(summary(query, dialect).as_deref(), Some("SELECT users teams"));
//! ```
//!
//! What a backslash means in a string is a mode of the server (`standard_conforming_strings` in PostgreSQL,
//! `NO_BACKSLASH_ESCAPES` in MySQL). The default is assumed where the text could not be read in the other mode, which is
//! nearly always so; else all that follows is hidden. In MySQL `"text"` is a string, whatever `ANSI_QUOTES` says.

mod commented;
mod quoting;
mod sanitize;
mod summary;
mod tokens;
mod words;

#[cfg(test)]
mod tests;

pub use commented::commented;
pub(crate) use sanitize::sanitized;
pub use sanitize::{MAX_TEXT, sanitize};
pub use summary::{MAX_SUMMARY, batch_summary, summary};
use tokens::Kind;

/// The start of the text, up to so many bytes.
pub(crate) fn cut(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Whose rules for quotes, comments and parameters a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL: `"name"`, `E'\''`, `$tag$text$tag$`, nested block comments.
    PostgreSql,
    /// MySQL and MariaDB: `` `name` ``, `"text"`, backslash escapes, `#` comments, `/*! code */`.
    MySql,
    /// SQLite: `"name"`, `` `name` ``, `[name]`. A `"name"` is kept only where no value can stand, because SQLite
    /// takes it for a string when there is no such column.
    Sqlite,
    /// Any other, or unknown. Where dialects disagree about what a character means, it is taken for a literal;
    /// where they disagree about where a literal ends, all that follows is hidden.
    #[default]
    Unknown,
}

impl Dialect {
    /// The dialect of a `db.system.name`.
    ///
    /// ```
    /// use otel_auto_core::sql::Dialect;
    ///
    /// assert_eq!(Dialect::from_system_name("mariadb"), Dialect::MySql);
    /// assert_eq!(Dialect::from_system_name("other_sql"), Dialect::Unknown);
    /// ```
    #[must_use]
    pub fn from_system_name(name: &str) -> Self {
        match name {
            "postgresql" => Self::PostgreSql,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            _ => Self::Unknown,
        }
    }

    /// The dialect that a text seems to be in: PostgreSQL's by `$1` and `::`, MySQL's by `?` and `` `name` ``, as long
    /// as all that comes before means the same to both. Unknown if nothing tells, or if the text could hold a literal
    /// that MySQL would not see as one.
    ///
    /// ```
    /// use otel_auto_core::sql::Dialect;
    ///
    /// assert_eq!(Dialect::guess("SELECT a FROM t WHERE b = $1"), Dialect::PostgreSql);
    /// assert_eq!(Dialect::guess("SELECT a FROM t WHERE b = ?"), Dialect::MySql);
    /// assert_eq!(Dialect::guess("SELECT 'what is $1?'"), Dialect::Unknown);
    /// ```
    #[must_use]
    pub fn guess(sql: &str) -> Self {
        let mut guess = Self::Unknown;
        for token in tokens::Tokens::new(sql, Self::Unknown) {
            match (token.kind, token.text.as_bytes()) {
                (Kind::Parameter, [b'$', b'0'..=b'9', ..]) | (Kind::Symbol, b"::") => {
                    return Self::PostgreSql;
                }
                (Kind::Parameter, b"?") | (Kind::Name, [b'`', ..]) => guess = Self::MySql,
                (Kind::Hidden, _) | (Kind::Text, [b'$', ..]) => return Self::Unknown,
                _ => {}
            }
        }
        guess
    }
}
