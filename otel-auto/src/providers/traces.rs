use opentelemetry::Key;
use opentelemetry_sdk::{
    Resource,
    trace::{
        BatchConfigBuilder, Sampler as SdkSampler, SdkTracerProvider, ShouldSample,
        SimpleSpanProcessor, SpanLimits, TracerProviderBuilder,
    },
};
use opentelemetry_semantic_conventions::resource::SERVICE_NAME;

use super::{baggage, guarded, queue};
use crate::{
    config::{
        sampler::Sampler,
        signals::{Batch, Exporter, Traces},
    },
    diagnose::observed::Observed,
    exporters::{
        console::ConsoleSpanExporter,
        otlp::{Exports, OtlpSpanExporter},
        stdout::StdoutExporter,
    },
    sampler::{Excluding, RemoteSampler},
};

/// No provider where nothing is exported.
pub(super) fn build(
    config: &Traces,
    resource: &Resource,
    exports: &Exports,
) -> Result<Option<SdkTracerProvider>, String> {
    if config.exporters.is_empty() {
        return Ok(None);
    }
    guarded(|| {
        let mut limits = SpanLimits::default();
        limits.max_attributes_per_span = config.limits.attributes_per_span;
        limits.max_events_per_span = config.limits.events_per_span;
        limits.max_links_per_span = config.limits.links_per_span;
        limits.max_attributes_per_event = config.limits.attributes_per_event;
        limits.max_attributes_per_link = config.limits.attributes_per_link;
        let mut builder = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Observed(Box::new(Excluding(sampler(
                &config.sampler,
                resource,
                exports,
            )?))))
            .with_span_limits(limits);
        for exporter in &config.exporters {
            builder = add(builder, *exporter, config, exports)?;
        }
        Ok(Some(builder.build()))
    })
}

fn add(
    builder: TracerProviderBuilder,
    exporter: Exporter,
    config: &Traces,
    exports: &Exports,
) -> Result<TracerProviderBuilder, String> {
    Ok(match exporter {
        Exporter::Otlp => {
            let exporter =
                OtlpSpanExporter::new(&config.otlp.within(config.batch.export_timeout), exports)
                    .map_err(|error| error.to_string())?;
            let capacity = config.batch.max_queue_size;
            let processor = queue::spans(exporter, batch(&config.batch), capacity, exports);
            baggage::with_processor(builder, config, processor)
        }
        Exporter::OtlpStdout => {
            let (exporter, capacity) = (StdoutExporter::new(), config.batch.max_queue_size);
            let processor = queue::spans(exporter, batch(&config.batch), capacity, exports);
            baggage::with_processor(builder, config, processor)
        }
        // A person wants to see each trace when it ends.
        Exporter::Console => {
            let processor = SimpleSpanProcessor::new(ConsoleSpanExporter::new());
            baggage::with_processor(builder, config, processor)
        }
        // Not accepted for traces.
        Exporter::Prometheus => builder,
    })
}

fn batch(config: &Batch) -> opentelemetry_sdk::trace::BatchConfig {
    BatchConfigBuilder::default()
        .with_scheduled_delay(config.schedule_delay)
        .with_max_queue_size(config.max_queue_size)
        .with_max_export_batch_size(config.max_export_batch_size)
        .build()
}

fn sampler(
    sampler: &Sampler,
    resource: &Resource,
    exports: &Exports,
) -> Result<Box<dyn ShouldSample>, String> {
    Ok(match sampler {
        Sampler::AlwaysOn => SdkSampler::AlwaysOn.into(),
        Sampler::AlwaysOff => SdkSampler::AlwaysOff.into(),
        Sampler::Ratio(ratio) => SdkSampler::TraceIdRatioBased(*ratio).into(),
        Sampler::JaegerRemote(remote) => {
            let service = resource.get(&Key::from_static_str(SERVICE_NAME));
            let service = service.map_or_else(String::new, |name| name.to_string());
            RemoteSampler::start(remote, service, exports)?.into()
        }
        Sampler::ParentBased(root) => {
            SdkSampler::ParentBased(self::sampler(root, resource, exports)?).into()
        }
    })
}
