//! The #[instrumented] macro of otel-auto.
