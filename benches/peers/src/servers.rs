//! Who is compared.

/// Ours first.
pub(crate) const NAMES: [&str; 5] = ["otel-auto", "contrib", "davidB", "tower-otel", "actix"];
