//! Spans over OTLP.

use std::{future::Future, time::Duration};

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};

use super::{BuildError, Exports, Signal, delivery::Delivery};
use crate::config::otlp::Otlp;

/// Exports spans.
#[derive(Debug)]
pub(crate) struct OtlpSpanExporter {
    delivery: Delivery,
    resource: ResourceAttributesWithSchema,
}

impl OtlpSpanExporter {
    /// Checks the settings; neither connects nor reads a file.
    pub(crate) fn new(settings: &Otlp, exports: &Exports) -> Result<Self, BuildError> {
        Ok(Self {
            delivery: Delivery::new(Signal::Traces, settings, exports)?,
            resource: ResourceAttributesWithSchema::default(),
        })
    }
}

impl SpanExporter for OtlpSpanExporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let items = batch.len() as u64;
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let body = self.delivery.encode(&request);
        self.delivery.send(body, items)
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.delivery.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}
