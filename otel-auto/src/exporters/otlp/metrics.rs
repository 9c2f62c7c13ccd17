//! Metrics over OTLP.

use std::{future::Future, time::Duration};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest, metrics::v1::metric::Data,
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

use super::{BuildError, Exports, Signal, delivery::Delivery};
use crate::config::otlp::Otlp;

/// Exports metrics.
#[derive(Debug)]
pub(crate) struct OtlpMetricExporter {
    delivery: Delivery,
    temporality: Temporality,
}

impl OtlpMetricExporter {
    /// Checks the settings; neither connects nor reads a file.
    pub(crate) fn new(
        settings: &Otlp,
        temporality: Temporality,
        exports: &Exports,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            delivery: Delivery::new(Signal::Metrics, settings, exports)?,
            temporality,
        })
    }
}

impl PushMetricExporter for OtlpMetricExporter {
    fn export(&self, metrics: &ResourceMetrics) -> impl Future<Output = OTelSdkResult> + Send {
        let request = ExportMetricsServiceRequest::from(metrics);
        let items = data_points(&request);
        let body = self.delivery.encode(&request);
        self.delivery.send(body, items)
    }

    /// Nothing is held back between exports.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.delivery.shutdown()
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

fn data_points(request: &ExportMetricsServiceRequest) -> u64 {
    let scopes = request
        .resource_metrics
        .iter()
        .flat_map(|resource| &resource.scope_metrics);
    let points = scopes
        .flat_map(|scope| &scope.metrics)
        .map(|metric| match &metric.data {
            Some(Data::Gauge(gauge)) => gauge.data_points.len(),
            Some(Data::Sum(sum)) => sum.data_points.len(),
            Some(Data::Histogram(histogram)) => histogram.data_points.len(),
            Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
            Some(Data::Summary(summary)) => summary.data_points.len(),
            None => 0,
        });
    points.sum::<usize>() as u64
}
