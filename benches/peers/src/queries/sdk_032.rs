//! The SDK of OpenTelemetry 0.32, which sqlx-otel works with: set up as otel-auto-benches sets up that of 0.33.

use std::time::Duration;

use opentelemetry_032::{
    Context, SpanId, TraceFlags, TraceId, global,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use opentelemetry_sdk_032::{
    error::OTelSdkResult,
    metrics::{
        PeriodicReader, SdkMeterProvider, Temporality, data::ResourceMetrics,
        exporter::PushMetricExporter,
    },
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
    },
};
use otel_auto_benches::Mode;
use otel_auto_core::Sampling;

/// Never full between two flushes: dropping a span is cheaper than keeping it.
const QUEUE: usize = 1 << 15;
/// Long enough that nothing is exported because of the time.
const NEVER: Duration = Duration::from_secs(3_600);

/// Installed for the whole process. Exporters throw away what they get.
#[derive(Debug)]
pub(super) struct Sdk {
    tracer_provider: SdkTracerProvider,
    samples: bool,
}

impl Sdk {
    pub(super) fn install(mode: Mode) -> Self {
        let samples = mode.sampling() == Some(Sampling::ParentBased);
        let root = if samples {
            Sampler::AlwaysOn
        } else {
            Sampler::AlwaysOff
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_scheduled_delay(NEVER)
            .build();
        let processor = BatchSpanProcessor::builder(Discard)
            .with_batch_config(config)
            .build();
        let tracer_provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(Sampler::ParentBased(Box::new(root)))
            .build();
        global::set_tracer_provider(tracer_provider.clone());
        if mode.measures() {
            let reader = PeriodicReader::builder(Discard).with_interval(NEVER);
            let meter_provider = SdkMeterProvider::builder().with_reader(reader.build());
            global::set_meter_provider(meter_provider.build());
        }
        Self {
            tracer_provider,
            samples,
        }
    }

    pub(super) fn below_a_request(&self, queries: impl FnOnce()) {
        let flags = if self.samples {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        };
        let request = SpanContext::new(
            TraceId::from_bytes([1; 16]),
            SpanId::from_bytes([1; 8]),
            flags,
            true,
            TraceState::NONE,
        );
        let _attached = Context::new().with_remote_span_context(request).attach();
        queries();
    }

    pub(super) fn flush(&self) {
        self.tracer_provider.force_flush().expect("nothing fails");
    }
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
