//! `otlp/stdout`: every export is one line on standard output, OTLP's JSON, for a program that collects the output.
//! A line is as long as a batch at most, and is written at once; that the output may be closed is nobody's problem.

use std::{
    future::{Future, Ready, ready},
    io::Write,
    time::Duration,
};

use opentelemetry_proto::{
    tonic::collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema, logs::tonic::group_logs_by_resource_and_scope,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};

use super::json::Json;

/// Exports any of the three signals.
#[derive(Debug, Default)]
pub(crate) struct StdoutExporter {
    resource: ResourceAttributesWithSchema,
    temporality: Temporality,
}

impl StdoutExporter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// For metrics.
    pub(crate) fn with_temporality(temporality: Temporality) -> Self {
        Self {
            temporality,
            ..Self::default()
        }
    }
}

fn print(message: &impl Json) -> Ready<OTelSdkResult> {
    let mut line = message.json();
    line.push('\n');
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    ready(Ok(()))
}

impl SpanExporter for StdoutExporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        print(&ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        })
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl LogExporter for StdoutExporter {
    fn export(&self, batch: LogBatch<'_>) -> impl Future<Output = OTelSdkResult> + Send {
        print(&ExportLogsServiceRequest {
            resource_logs: group_logs_by_resource_and_scope(&batch, &self.resource),
        })
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl PushMetricExporter for StdoutExporter {
    fn export(&self, metrics: &ResourceMetrics) -> impl Future<Output = OTelSdkResult> + Send {
        print(&ExportMetricsServiceRequest::from(metrics))
    }

    /// Nothing is held back between exports.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}
