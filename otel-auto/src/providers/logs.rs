use opentelemetry_sdk::{
    Resource,
    logs::{BatchConfig, BatchConfigBuilder, SdkLoggerProvider, SimpleLogProcessor},
};

use super::{guarded, queue};
use crate::{
    config::signals::{Batch, Exporter, Logs},
    exporters::{
        console::ConsoleLogExporter,
        otlp::{Exports, OtlpLogExporter},
        stdout::StdoutExporter,
    },
    limits::LimitedRecords,
};

/// No provider where nothing is exported.
pub(super) fn build(
    config: &Logs,
    resource: &Resource,
    exports: &Exports,
) -> Result<Option<SdkLoggerProvider>, String> {
    if config.exporters.is_empty() {
        return Ok(None);
    }
    guarded(|| {
        let mut builder = SdkLoggerProvider::builder()
            .with_resource(resource.clone())
            .with_log_processor(LimitedRecords::new(config.limits));
        for exporter in &config.exporters {
            builder = match exporter {
                Exporter::Otlp => {
                    let exporter = OtlpLogExporter::new(
                        &config.otlp.within(config.batch.export_timeout),
                        exports,
                    )
                    .map_err(|error| error.to_string())?;
                    let capacity = config.batch.max_queue_size;
                    let batch = batch(&config.batch);
                    builder.with_log_processor(queue::logs(exporter, batch, capacity, exports))
                }
                Exporter::OtlpStdout => {
                    let capacity = config.batch.max_queue_size;
                    let batch = batch(&config.batch);
                    let exporter = StdoutExporter::new();
                    builder.with_log_processor(queue::logs(exporter, batch, capacity, exports))
                }
                // Not accepted for logs.
                Exporter::Prometheus => builder,
                Exporter::Console => {
                    builder.with_log_processor(SimpleLogProcessor::new(ConsoleLogExporter::new()))
                }
            };
        }
        Ok(Some(builder.build()))
    })
}

fn batch(config: &Batch) -> BatchConfig {
    BatchConfigBuilder::default()
        .with_scheduled_delay(config.schedule_delay)
        .with_max_queue_size(config.max_queue_size)
        .with_max_export_batch_size(config.max_export_batch_size)
        .build()
}
