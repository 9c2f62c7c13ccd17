//! OpenTelemetry auto-instrumentation for Rust services: providers from OTEL_* variables, layers and macros.
