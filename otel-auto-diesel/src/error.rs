//! How a query failed: `error.type` and `db.response.status_code`.

use diesel::result::{DatabaseErrorKind as Kind, Error};
use otel_auto_core::Failure;

// Without the message: the server quotes values in it.
pub(crate) fn failure(error: &Error, system: &str) -> Failure<'static> {
    let Error::DatabaseError(kind, _) = error else {
        return Failure::new(name(error));
    };
    let (name, state) = of_kind(*kind);
    match state.filter(|_| system == "postgresql") {
        Some(state) => Failure::new(state).status_code(state),
        None => Failure::new(name),
    }
}

/// A kind, and the SQLSTATE that diesel makes it of on PostgreSQL.
fn of_kind(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::UniqueViolation => ("UniqueViolation", Some("23505")),
        Kind::ForeignKeyViolation => ("ForeignKeyViolation", Some("23503")),
        Kind::SerializationFailure => ("SerializationFailure", Some("40001")),
        Kind::ReadOnlyTransaction => ("ReadOnlyTransaction", Some("25006")),
        Kind::RestrictViolation => ("RestrictViolation", Some("23001")),
        Kind::NotNullViolation => ("NotNullViolation", Some("23502")),
        Kind::CheckViolation => ("CheckViolation", Some("23514")),
        Kind::ExclusionViolation => ("ExclusionViolation", Some("23P01")),
        Kind::UnableToSendCommand => ("UnableToSendCommand", None),
        Kind::ClosedConnection => ("ClosedConnection", None),
        _ => ("DatabaseError", None),
    }
}

fn name(error: &Error) -> &'static str {
    match error {
        Error::InvalidCString(_) => "InvalidCString",
        Error::QueryBuilderError(_) => "QueryBuilderError",
        Error::DeserializationError(_) => "DeserializationError",
        Error::SerializationError(_) => "SerializationError",
        Error::BrokenTransactionManager => "BrokenTransactionManager",
        _ => "_OTHER",
    }
}
