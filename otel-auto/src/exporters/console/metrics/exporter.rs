//! The exporter of metrics: one table per collection.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use super::super::style::Style;
use super::{Metric, render_metrics};

/// Writes every collection of metrics as a table on stderr. Values are cumulative.
pub struct ConsoleMetricExporter {
    style: Style,
    out: Mutex<Box<dyn Write + Send>>,
}

impl ConsoleMetricExporter {
    /// Writes to stderr, with colours if it is a terminal and `NO_COLOR` is unset or empty.
    #[must_use]
    pub fn new() -> Self {
        Self::with_style(Style::for_stderr())
    }

    /// Writes to stderr in the given style.
    #[must_use]
    pub fn with_style(style: Style) -> Self {
        Self::to(Box::new(std::io::stderr()), style)
    }

    pub(in super::super) fn to(out: Box<dyn Write + Send>, style: Style) -> Self {
        Self {
            style,
            out: Mutex::new(out),
        }
    }
}

impl Default for ConsoleMetricExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleMetricExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleMetricExporter")
            .finish_non_exhaustive()
    }
}

impl PushMetricExporter for ConsoleMetricExporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let table = render_metrics(&Metric::from_sdk(metrics), &self.style);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(table.as_bytes());
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
