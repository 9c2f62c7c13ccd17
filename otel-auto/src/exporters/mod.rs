//! Where telemetry goes.

pub mod console;
mod json;
pub(crate) mod otlp;
pub(crate) mod prometheus;
pub(crate) mod stdout;
