//! What database instrumentations record.

use super::*;

variables! { DB = "Databases";
    /// `false` records query texts as they are, with the values in them, and what servers say of errors, which quotes
    /// values too. Otherwise the literals of a text are replaced by `?`.
    DB_QUERY_SANITIZATION: Override = "OTEL_RUST_DB_QUERY_SANITIZATION_ENABLED", Override("true");
    /// The same under Java's name, where ours is not set.
    JAVA_DB_QUERY_SANITIZATION: Override = "OTEL_INSTRUMENTATION_COMMON_DB_QUERY_SANITIZATION_ENABLED", Override("");
    /// `true` records the values that are bound to queries, where the driver can show them.
    DB_CAPTURE_PARAMETERS: Flag = "OTEL_RUST_DB_CAPTURE_QUERY_PARAMETERS", Flag("false");
    /// `true` appends the context of sampled traces to SQL as a comment, so that the server's logs tell the trace. A text
    /// then is another one each time, which databases that keep plans by the text pay for.
    DB_SQLCOMMENTER: Flag = "OTEL_RUST_DB_SQLCOMMENTER_ENABLED", Flag("false");
    /// `true` records each BEGIN, COMMIT and ROLLBACK that a driver's own API sends.
    DB_TRANSACTION_SPANS: Flag = "OTEL_RUST_DB_TRANSACTION_SPANS_ENABLED", Flag("false");
    /// `false` leaves out how many rows came back, on spans and as a metric.
    DB_RETURNED_ROWS: Switch = "OTEL_RUST_DB_RETURNED_ROWS_ENABLED", Switch;
}
