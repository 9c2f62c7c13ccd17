//! Telemetry captured per test, asserted as trees, and a fake OTLP receiver.
//!
//! - [`Capture`]: the spans and metrics of one test, without globals, so that tests run in parallel.
//! - [`assert_linear`]: a parser that no text keeps busy for longer than it is long.
//! - [`conformance`]: telemetry held against the semantic conventions, and one suite of requests per convention.
//! - [`receiver`]: a real OTLP endpoint on a free loopback port that records, refuses, delays or half-accepts.

mod capture;
pub mod conformance;
mod linear;
mod metrics;
pub mod receiver;
mod span;
mod tree;

pub use capture::{Capture, CaptureBuilder};
pub use linear::assert_linear;
pub use metrics::{Instrument, MetricPoint, MetricValue};
pub use span::SpanView;

/// The examples of the guide compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/add-an-instrumentation.md")]
struct Guide;
