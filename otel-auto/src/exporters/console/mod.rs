//! Telemetry for people, on stderr: a trace is one tree, a collection of metrics one table, a log record one line.
//!
//! ```text
//! ▸ GET /users/{id}                     200   12.4 ms   trace 4bf92f35…
//!   └─ user  src/main.rs:14                   11.9 ms
//!      ├─ SELECT users                1 row    3.1 ms   postgresql
//!      └─ GET api.example.com           200    7.8 ms
//! ```
//!
//! Drawing is apart from exporting: [`render`] and [`render_metrics`] are pure functions over a neutral model
//! ([`Span`], [`Metric`]) that is filled from the SDK's types or from OTLP messages, so that a receiver of OTLP can
//! draw what several processes sent with the same lines.

mod collector;
mod exporter;
mod from_proto;
mod from_sdk;
mod lines;
mod logs;
mod metrics;
mod model;
mod style;
mod telling;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub use exporter::ConsoleSpanExporter;
pub use logs::ConsoleLogExporter;
pub use metrics::{
    Bucket, ConsoleMetricExporter, Distribution, Metric, Number, Point, PointValue, render_metrics,
};
pub use model::{ErrorEvent, Part, Span, Status, Trace};
pub use style::Style;
pub use tree::{render, render_trace};
