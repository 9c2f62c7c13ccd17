//! Where telemetry goes.

pub mod console;
pub(crate) mod otlp;
