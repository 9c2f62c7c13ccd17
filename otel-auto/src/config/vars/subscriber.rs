//! What is made of the spans and events of `tracing`. The names with `RUST` are this project's own.

use super::*;

variables! { TRACING = "`tracing`";
    /// Which spans of `tracing` are traced, in the form of `RUST_LOG`: `info`, `my_crate=debug,other=off`. `RUST_LOG`
    /// itself decides what is printed, and nothing else. The spans of h2, hyper, opentelemetry, reqwest, rustls, tonic
    /// and tower are left out unless they are named here; with the feature `sqlx` also those of sea_orm, whose queries
    /// sqlx tells of.
    TRACING_FILTER: Levels = "OTEL_RUST_TRACING_FILTER", Levels("info");
    /// Which events of `tracing`, and records of `log`, become log records. The form and the exceptions are the same;
    /// instead of sea_orm it is `sqlx::query`, whose events are spans, and hold the SQL with its literals.
    LOGS_LEVEL: Levels = "OTEL_RUST_LOGS_LEVEL", Levels("info");
    /// `false` leaves events alone, for a program that exports its log records in another way.
    LOGS_BRIDGE: Switch = "OTEL_RUST_LOGS_BRIDGE_ENABLED", Switch;
    /// `false` prints lines as they are. Else those inside of a span end with its ids, or have them as fields in JSON.
    LOG_CORRELATION: Switch = "OTEL_RUST_LOG_CORRELATION", Switch;
    /// The name of the trace id in printed lines: letters, digits, `_`, `-`, `.` and `@`.
    LOG_TRACE_ID_KEY: Text = "OTEL_RUST_LOG_TRACE_ID_KEY", Text("trace_id");
    /// The name of the span id in printed lines.
    LOG_SPAN_ID_KEY: Text = "OTEL_RUST_LOG_SPAN_ID_KEY", Text("span_id");
}
