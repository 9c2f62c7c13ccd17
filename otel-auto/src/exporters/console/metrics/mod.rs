//! Metrics for people: a neutral model, filled from the SDK or from OTLP, and drawn as one aligned table.

mod distribution;
mod exporter;
mod from_proto;
mod from_sdk;
mod table;

pub use distribution::{Bucket, Distribution};
pub use exporter::ConsoleMetricExporter;
pub use table::render_metrics;

/// The points of one instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// `service.name` of the resource; empty where it has none.
    pub service: String,
    /// Name of the instrument.
    pub name: String,
    /// Unit in UCUM; may be empty.
    pub unit: String,
    /// One point per set of attributes.
    pub points: Vec<Point>,
}

/// One time series of a metric, at the time of the collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Keys and values, the values as text.
    pub attributes: Vec<(String, String)>,
    /// What was measured.
    pub value: PointValue,
}

/// The value of a point.
#[derive(Clone, Debug, PartialEq)]
pub enum PointValue {
    /// Of a counter, up-down counter or gauge.
    Number(Number),
    /// Of a histogram.
    Distribution(Distribution),
}

/// A number as it was recorded; 64-bit integers do not fit a double.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A double.
    Double(f64),
}
