//! The SDK of OpenTelemetry 0.33, installed for the process; what it exports is thrown away.

use std::time::Duration;

use opentelemetry::global;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        PeriodicReader, SdkMeterProvider, Temporality, data::ResourceMetrics,
        exporter::PushMetricExporter,
    },
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
    },
};
use otel_auto_core::{Providers, Sampling, propagation::Propagation};
/// Empties the queue of spans.
pub(crate) type Flush = Box<dyn Fn()>;

pub(crate) fn install(samples: bool) -> Flush {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(1 << 15)
        .build();
    let processor = BatchSpanProcessor::builder(Discard)
        .with_batch_config(config)
        .build();
    let sampler = if samples {
        Sampler::AlwaysOn
    } else {
        Sampler::AlwaysOff
    };
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .build();
    let reader = PeriodicReader::builder(Discard)
        .with_interval(Duration::from_secs(3_600))
        .build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    global::set_tracer_provider(tracers.clone());
    global::set_meter_provider(meters.clone());
    let sampling = if samples {
        Sampling::ParentBased
    } else {
        Sampling::ParentBasedOff
    };
    Providers::builder()
        .tracer_provider(tracers.clone())
        .meter_provider(meters.clone())
        .sampling(sampling)
        .propagation(Propagation::trace_context())
        .build()
        .install();
    Box::new(move || {
        tracers.force_flush().expect("nothing fails");
        // Alive as long as it is used.
        let _ = &meters;
    })
}

#[derive(Debug)]
struct Discard;

impl SpanExporter for Discard {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

impl PushMetricExporter for Discard {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
