//! What the text of an error tells, where nobody hands the error over. The text itself quotes values.

use std::io;

use otel_auto_core::{Failure, db::ServerError};

/// Why a call failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The server said so, in a code that the text may not show.
    Answer(Option<i64>),
    /// A word for what went wrong on the way.
    Kind(&'static str),
}

impl Told {
    /// Reads the words of sea-orm and sqlx, up to what they quote.
    pub(crate) fn read(system: &str, text: &str) -> Self {
        let kinds = ["Query Error: ", "Execution Error: ", "Connection Error: "];
        let said = kinds.iter().find_map(|kind| text.strip_prefix(kind));
        let said = said.unwrap_or(text);
        if let Some(answer) = said.strip_prefix("error returned from database: ") {
            return Self::Answer(code(system, answer));
        }
        Self::Kind(match said {
            "Failed to acquire connection from pool: Connection pool timed out"
            | "pool timed out while waiting for an open connection" => "pool_timed_out",
            "Failed to acquire connection from pool: Connection closed"
            | "attempted to acquire a connection on a closed pool" => "pool_closed",
            "attempted to communicate with a crashed background worker" => "worker_crashed",
            "got unexpected connection status after attempting to begin transaction" => {
                "begin_failed"
            }
            _ => {
                let starts = [
                    ("error communicating with database: ", of_io(io_kind(said))),
                    ("error occurred while attempting to establish a TLS", "tls"),
                    ("encountered unexpected or invalid data: ", "protocol"),
                    ("error with configuration: ", "configuration"),
                    ("error occurred while encoding", "encode"),
                    ("error occurred while decoding", "decode"),
                ];
                let known = starts.iter().find(|(start, _)| said.starts_with(start));
                known.map_or("_OTHER", |(_, kind)| kind)
            }
        })
    }

    /// `None` if it is only a warning.
    pub(crate) fn failure(&self, system: &'static str) -> Option<Failure<'static>> {
        match *self {
            Self::Answer(Some(code)) => ServerError::new(system).code(code).failure(),
            Self::Answer(None) => ServerError::new(system).failure(),
            Self::Kind(kind) => Some(Failure::new(kind)),
        }
    }
}

/// PostgreSQL's has no SQLSTATE in its text.
fn code(system: &str, answer: &str) -> Option<i64> {
    let digits = match system {
        // `1062 (23000): Duplicate entry …`
        "mysql" => answer,
        // `(code: 1555) UNIQUE constraint failed: …`
        "sqlite" => answer.strip_prefix("(code: ")?,
        _ => return None,
    };
    let end = digits.find(|other: char| !other.is_ascii_digit())?;
    digits.get(..end)?.parse().ok()
}

/// The system's number stands at the end.
fn io_kind(text: &str) -> io::ErrorKind {
    let number = text
        .rsplit_once("(os error ")
        .and_then(|(_, rest)| rest.strip_suffix(')')?.parse().ok());
    match number {
        Some(number) => io::Error::from_raw_os_error(number).kind(),
        None if text.ends_with("at EOF") => io::ErrorKind::UnexpectedEof,
        None => io::ErrorKind::Other,
    }
}

pub(crate) fn of_io(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "connection_refused",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "connection_reset",
        io::ErrorKind::TimedOut => "timeout",
        _ => "io",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_where_the_driver_writes_them() {
        let answer = "Query Error: error returned from database: ";
        for (system, text, code) in [
            ("mysql", "1062 (23000): Duplicate entry 'ann'", Some(1062)),
            ("mysql", "1064: syntax", Some(1064)),
            ("mysql", "(code: 5) quoted", None),
            (
                "sqlite",
                "(code: 1555) UNIQUE constraint failed",
                Some(1555),
            ),
            ("sqlite", "1555 (code", None),
            ("postgresql", "1062 (23000): raised", None),
        ] {
            let read = Told::read(system, &format!("{answer}{text}"));
            assert_eq!(read, Told::Answer(code), "{system}: {text}");
        }
    }

    #[test]
    fn what_went_wrong_on_the_way_is_a_word() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        for (text, kind) in [
            (
                "Failed to acquire connection from pool: Connection pool timed out".to_owned(),
                "pool_timed_out",
            ),
            (
                "Execution Error: error communicating with database: expected to read 5 bytes, got 0 bytes at EOF"
                    .to_owned(),
                "connection_reset",
            ),
            (
                "Connection Error: encountered unexpected or invalid data: x".to_owned(),
                "protocol",
            ),
            (
                format!("Query Error: error communicating with database: {refused}"),
                "io",
            ),
            ("Custom Error: pool_closed".to_owned(), "_OTHER"),
        ] {
            assert_eq!(Told::read("mysql", &text), Told::Kind(kind), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_systems_own_errors_are_known_by_their_number() {
        for (number, kind) in [(32, "connection_reset"), (13, "io")] {
            let error = io::Error::from_raw_os_error(number);
            let text = format!("Query Error: error communicating with database: {error}");
            assert_eq!(Told::read("mysql", &text), Told::Kind(kind), "{text}");
        }
    }
}
