//! What the facade gives to expansions, at the place where they look for it.
pub use ::otel_auto_core::{Attributes, code::*, opentelemetry};
