//! What database instrumentations record.

use super::{Config, Row, templates::*};

pub(super) fn db() -> Vec<Row> {
    type Show = fn(&Config) -> bool;
    let off = |name: &str, show: Show| flag(name, ["false", "true"], move |c| show(c).to_string());
    vec![
        override_of("OTEL_RUST_DB_QUERY_SANITIZATION_ENABLED", |c| {
            c.settings().db.sanitize
        }),
        override_of(
            "OTEL_INSTRUMENTATION_COMMON_DB_QUERY_SANITIZATION_ENABLED",
            |c| c.settings().db.sanitize,
        ),
        off("OTEL_RUST_DB_CAPTURE_QUERY_PARAMETERS", |c| {
            c.settings().db.capture_parameters
        }),
        off("OTEL_RUST_DB_SQLCOMMENTER_ENABLED", |c| {
            c.settings().db.sqlcommenter
        }),
        off("OTEL_RUST_DB_TRANSACTION_SPANS_ENABLED", |c| {
            c.settings().db.transaction_spans
        }),
        switch("OTEL_RUST_DB_RETURNED_ROWS_ENABLED", |c| {
            c.settings().db.returned_rows
        }),
    ]
}
