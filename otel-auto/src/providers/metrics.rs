use opentelemetry_sdk::{
    Resource,
    metrics::{
        Aggregation, Instrument, InstrumentKind, PeriodicReader, SdkMeterProvider, Stream,
        Temporality as SdkTemporality,
    },
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
        let mut builder = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_view(view(config));
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

/// Counted by the loggers that are made when the provider of metrics is there, which are those of exceptions alone.
const LOGS_CREATED: &str = "otel.sdk.log.created";

/// What the environment says about all instruments at once. There is one view, since each one that matches makes a stream
/// of its own.
fn view(config: &Metrics) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    /// The specification's.
    const EXPONENTIAL: Aggregation = Aggregation::Base2ExponentialHistogram {
        max_size: 160,
        max_scale: 20,
        record_min_max: true,
    };
    let exponential = config.exponential_histograms && config.exporters.contains(&Exporter::Otlp);
    let cardinality = config.cardinality_limit;
    move |instrument: &Instrument| {
        let mut stream = Stream::builder();
        if instrument.name() == LOGS_CREATED {
            return stream.with_aggregation(Aggregation::Drop).build().ok();
        }
        if let Some(limit) = cardinality {
            stream = stream.with_cardinality_limit(limit as usize);
        }
        // An aggregation wins over the boundaries that an instrument was made with.
        if exponential && instrument.kind() == InstrumentKind::Histogram {
            stream = stream.with_aggregation(EXPONENTIAL);
        } else {
            // No limit of ours, and no other aggregation: not ours to touch.
            cardinality?;
        }
        stream.build().ok()
    }
}

fn temporality(temporality: Temporality) -> SdkTemporality {
    match temporality {
        Temporality::Cumulative => SdkTemporality::Cumulative,
        Temporality::Delta => SdkTemporality::Delta,
        Temporality::LowMemory => SdkTemporality::LowMemory,
    }
}
