//! OTLP's messages in JSON, by the rules of the OTLP specification: names in lowerCamelCase, ids in hex, other bytes in
//! base64, enumerations as numbers, 64-bit integers as strings. What is unset is left out, and numbers that JSON does
//! not have are `"NaN"`, `"Infinity"` and `"-Infinity"`: `opentelemetry-proto` writes `null` for all of these, which
//! the Collector refuses.

mod common;
mod logs;
mod metrics;
mod traces;
mod writer;

#[cfg(test)]
mod tests;

pub(super) use common::plain as any_to_json;

/// A message that has a form in JSON.
pub(crate) trait Json {
    /// One line, without the line break.
    fn json(&self) -> String;
}
