use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider, Temporality as SdkTemporality},
};

use super::guarded;
use crate::{
    config::signals::{Exporter, Metrics, Temporality},
    diagnostics::say,
    exporters::{
        console::ConsoleMetricExporter,
        otlp::{Exports, OtlpMetricExporter},
        prometheus::PrometheusReader,
        stdout::StdoutExporter,
    },
};

/// No provider where nothing is exported.
pub(super) fn build(
    config: &Metrics,
    resource: &Resource,
    exports: &Exports,
) -> Result<Option<SdkMeterProvider>, String> {
    if config.exporters.is_empty() {
        return Ok(None);
    }
    guarded(|| {
        let mut builder = SdkMeterProvider::builder().with_resource(resource.clone());
        for exporter in &config.exporters {
            let interval = config.interval_for(*exporter);
            builder = match exporter {
                Exporter::Otlp => {
                    let exporter = OtlpMetricExporter::new(
                        &config.otlp.within(config.timeout),
                        temporality(config.temporality),
                        exports,
                    )
                    .map_err(|error| error.to_string())?;
                    builder.with_reader(
                        PeriodicReader::builder(exporter)
                            .with_interval(interval)
                            .build(),
                    )
                }
                Exporter::OtlpStdout => {
                    let exporter =
                        StdoutExporter::with_temporality(temporality(config.temporality));
                    builder.with_reader(
                        PeriodicReader::builder(exporter)
                            .with_interval(interval)
                            .build(),
                    )
                }
                // Its port may be another program's: the other exporters go on.
                Exporter::Prometheus => {
                    match PrometheusReader::start(&config.prometheus, exports.runtime()) {
                        Ok(reader) => builder.with_reader(reader),
                        Err(problem) => {
                            say(problem);
                            if config.exporters.len() == 1 {
                                return Ok(None);
                            }
                            builder
                        }
                    }
                }
                Exporter::Console => {
                    let exporter = ConsoleMetricExporter::new();
                    builder.with_reader(
                        PeriodicReader::builder(exporter)
                            .with_interval(interval)
                            .build(),
                    )
                }
            };
        }
        Ok(Some(builder.build()))
    })
}

fn temporality(temporality: Temporality) -> SdkTemporality {
    match temporality {
        Temporality::Cumulative => SdkTemporality::Cumulative,
        Temporality::Delta => SdkTemporality::Delta,
        Temporality::LowMemory => SdkTemporality::LowMemory,
    }
}
