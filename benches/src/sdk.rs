use std::time::Duration;

use opentelemetry::{
    global,
    metrics::noop::NoopMeterProvider,
    trace::{TracerProvider, noop::NoopTracerProvider},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        Aggregation, Instrument, PeriodicReader, SdkMeterProvider, Stream, Temporality,
        data::ResourceMetrics, exporter::PushMetricExporter,
    },
    propagation::TraceContextPropagator,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
        SpanExporter,
    },
};
use otel_auto_core::{Providers, Sampling, propagation::Propagation};

use crate::Mode;

/// The SDK of a mode, installed for the whole process: by the API's globals and for otel-auto alike.
///
/// Exporters throw away what they get, unless another one is given.
#[derive(Debug)]
pub struct Sdk {
    mode: Mode,
    tracer_provider: Option<SdkTracerProvider>,
    meter_provider: Option<SdkMeterProvider>,
    /// For instruments of body sizes as well.
    size_provider: Option<SdkMeterProvider>,
}

/// Never full between two flushes: dropping a span is cheaper than keeping it.
const QUEUE: usize = 1 << 15;
/// Long enough that nothing is exported because of the time.
const NEVER: Duration = Duration::from_secs(3_600);

impl Sdk {
    /// Takes the place of the SDK that was installed before. Layers are to be built afterwards.
    #[must_use]
    pub fn install(mode: Mode) -> Self {
        Self::exporting(mode, Discard)
    }

    /// The same, with an exporter that gets the spans.
    #[must_use]
    pub fn exporting(mode: Mode, exporter: impl SpanExporter + 'static) -> Self {
        let tracer_provider = mode
            .sampling()
            .map(|sampling| tracer_provider(sampling, exporter));
        let meter_provider = mode.measures().then(|| measuring(false));
        let size_provider = mode.measures().then(|| measuring(true));
        match &tracer_provider {
            Some(provider) => global::set_tracer_provider(provider.clone()),
            None => global::set_tracer_provider(NoopTracerProvider::new()),
        }
        match &meter_provider {
            Some(provider) => global::set_meter_provider(provider.clone()),
            None => global::set_meter_provider(NoopMeterProvider::new()),
        }
        Providers::uninstall();
        if mode != Mode::None {
            global::set_text_map_propagator(TraceContextPropagator::new());
            let mut providers = Providers::builder().propagation(Propagation::trace_context());
            if let Some(provider) = &tracer_provider {
                providers = providers.tracer_provider(provider.clone());
            }
            if let Some(provider) = &meter_provider {
                providers = providers.meter_provider(provider.clone());
            }
            if let Some(sampling) = mode.sampling() {
                providers = providers.sampling(sampling);
            }
            providers.build().install();
        }
        Self {
            mode,
            tracer_provider,
            meter_provider,
            size_provider,
        }
    }

    /// Builds something whose instruments of body sizes are not dropped.
    pub(crate) fn measuring_sizes<T>(&self, build: impl FnOnce() -> T) -> T {
        if let Some(provider) = &self.size_provider {
            global::set_meter_provider(provider.clone());
        }
        let built = build();
        if let Some(provider) = &self.meter_provider {
            global::set_meter_provider(provider.clone());
        }
        built
    }

    /// A tracer of the SDK's own type, if there are traces.
    #[must_use]
    pub fn tracer(&self) -> Option<SdkTracer> {
        let provider = self.tracer_provider.as_ref()?;
        Some(provider.tracer("otel-auto-benches"))
    }

    /// Are spans below a sampled one sampled?
    #[must_use]
    pub fn samples(&self) -> bool {
        self.mode.sampling() == Some(Sampling::ParentBased)
    }

    /// Empties the queue of spans.
    pub fn flush(&self) {
        if let Some(provider) = &self.tracer_provider {
            provider
                .force_flush()
                .expect("an exporter that throws away does not fail");
        }
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        Providers::uninstall();
        if let Some(provider) = &self.tracer_provider {
            let _ = provider.shutdown();
        }
        for provider in self.meter_provider.iter().chain(&self.size_provider) {
            let _ = provider.shutdown();
        }
    }
}

fn tracer_provider(sampling: Sampling, exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    let root = if sampling == Sampling::ParentBasedOff {
        Sampler::AlwaysOff
    } else {
        Sampler::AlwaysOn
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_scheduled_delay(NEVER)
        .build();
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .with_span_processor(
            BatchSpanProcessor::builder(exporter)
                .with_batch_config(config)
                .build(),
        )
        .build()
}

fn measuring(sizes: bool) -> SdkMeterProvider {
    // The peer measures the size of bodies as well. To be compared it has to do the same work.
    let dropped = move |instrument: &Instrument| {
        let drop = || {
            Stream::builder()
                .with_aggregation(Aggregation::Drop)
                .build()
                .ok()
        };
        (!sizes && instrument.name().ends_with(".body.size"))
            .then(drop)
            .flatten()
    };
    SdkMeterProvider::builder()
        .with_reader(
            PeriodicReader::builder(Discard)
                .with_interval(NEVER)
                .build(),
        )
        .with_view(dropped)
        .build()
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
