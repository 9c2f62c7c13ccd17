//! Log records over OTLP.

use std::{future::Future, time::Duration};

use opentelemetry_proto::{
    tonic::collector::logs::v1::ExportLogsServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema, logs::tonic::group_logs_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter},
};

use super::{BuildError, Exports, Signal, delivery::Delivery};
use crate::config::otlp::Otlp;

/// Exports log records.
#[derive(Debug)]
pub(crate) struct OtlpLogExporter {
    delivery: Delivery,
    resource: ResourceAttributesWithSchema,
}

impl OtlpLogExporter {
    /// Checks the settings; neither connects nor reads a file.
    pub(crate) fn new(settings: &Otlp, exports: &Exports) -> Result<Self, BuildError> {
        Ok(Self {
            delivery: Delivery::new(Signal::Logs, settings, exports)?,
            resource: ResourceAttributesWithSchema::default(),
        })
    }
}

impl LogExporter for OtlpLogExporter {
    fn export(&self, batch: LogBatch<'_>) -> impl Future<Output = OTelSdkResult> + Send {
        let items = batch.iter().count() as u64;
        let request = ExportLogsServiceRequest {
            resource_logs: group_logs_by_resource_and_scope(&batch, &self.resource),
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
