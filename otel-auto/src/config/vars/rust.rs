//! What the instrumentations do. The names with `RUST` are this project's own.

use super::*;

variables! { INSTRUMENTATION = "Instrumentation";
    /// `false` turns the tower and axum layers off.
    TOWER: Switch = "OTEL_RUST_INSTRUMENTATION_TOWER_ENABLED", Switch;
    /// `false` turns the reqwest client's spans and metrics off.
    REQWEST: Switch = "OTEL_RUST_INSTRUMENTATION_REQWEST_ENABLED", Switch;
    /// `false` turns sqlx's spans and metrics off.
    SQLX: Switch = "OTEL_RUST_INSTRUMENTATION_SQLX_ENABLED", Switch;
    /// `false` turns the redis client's spans and metrics off.
    REDIS: Switch = "OTEL_RUST_INSTRUMENTATION_REDIS_ENABLED", Switch;
    /// `false` turns the memcached client's spans and metrics off.
    MEMCACHED: Switch = "OTEL_RUST_INSTRUMENTATION_MEMCACHED_ENABLED", Switch;
    /// `false` turns the spans of `#[instrumented]` off.
    INSTRUMENTED: Switch = "OTEL_RUST_INSTRUMENTATION_INSTRUMENTED_ENABLED", Switch;
    /// `false` turns the metric `http.server.active_requests` off.
    ACTIVE_REQUESTS: Switch = "OTEL_RUST_HTTP_SERVER_ACTIVE_REQUESTS_ENABLED", Switch;
    /// The HTTP methods that are reported by name, in exact case, instead of the usual ones; any other is `_OTHER`.
    KNOWN_METHODS: List = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", List("");
    /// The query parameters whose values are redacted, instead of the usual ones; `none` redacts nothing.
    SENSITIVE_QUERY_PARAMETERS: List = "OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS", List("");
}
