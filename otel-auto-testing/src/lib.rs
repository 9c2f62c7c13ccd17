//! Telemetry captured per test, asserted as trees, and a fake OTLP receiver.
//!
//! - [`Capture`]: the spans, metrics and log records of one test, without globals, so that tests run in parallel.
//! - [`assert_span!`], [`assert_tree!`], [`assert_metric!`], [`assert_log!`]: what they are to be, and what they are
//!   instead.
//! - [`assert_linear`]: a parser that no text keeps busy for longer than it is long.
//! - `conformance` (feature): telemetry held against the semantic conventions, and one suite of requests per convention.
//! - `receiver` (feature): a real OTLP endpoint on a free loopback port that records, refuses, delays or half-accepts.
//! - `servers` (feature): real database servers, shared ones and those of a test's own, to be killed.
//!
//! A program tests its own telemetry with `otel_auto::testing`, which has the first two, and its `tracing` spans and
//! events besides.

mod assert;
mod capture;
#[cfg(feature = "conformance")]
pub mod conformance;
mod expect;
mod layer;
mod linear;
mod log;
mod metrics;
mod points;
#[cfg(feature = "receiver")]
pub mod receiver;
#[cfg(feature = "servers")]
pub mod servers;
mod span;
mod store;
mod tree;

pub use capture::{Capture, CaptureBuilder, Sdk};
pub use expect::{
    Expected, ExpectedLog, ExpectedMetric, ExpectedSpan, ExpectedStatus, absent, any, containing,
    matching,
};
pub use layer::{CaptureLayer, CaptureService};
pub use linear::assert_linear;
pub use log::LogView;
pub use metrics::{Instrument, MetricPoint, MetricValue};
pub use points::Points;
pub use span::SpanView;

/// The OpenTelemetry API of this version.
pub use opentelemetry;

/// The examples of the guide compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/add-an-instrumentation.md")]
struct Guide;
