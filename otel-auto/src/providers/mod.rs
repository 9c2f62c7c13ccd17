//! The SDK's providers, built from the configuration alone.

mod baggage;
mod logs;
mod metrics;
pub(crate) mod queue;
mod traces;

use std::time::{Duration, Instant};

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::{
    logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};
use otel_auto_core::{
    Providers, Sampling, Settings,
    propagation::{Propagation, Propagator},
};

use crate::{
    bridge::Bridge,
    config::{Config, sampler::Sampler},
    exporters::otlp::{Exports, Report},
    resource, runtime,
};

/// The providers of the three signals; none where nothing is exported.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(crate) traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    pub(crate) logs: Option<SdkLoggerProvider>,
    pub(crate) exports: Exports,
}

impl Sdk {
    /// A signal that cannot be set up is left out, and the reason given.
    pub(crate) fn new(config: &Config) -> (Self, Vec<String>) {
        let exports = Exports::new(Report::to_stderr());
        let mut problems = Vec::new();
        if config.disabled {
            return (
                Self {
                    traces: None,
                    metrics: None,
                    logs: None,
                    exports,
                },
                problems,
            );
        }
        let resource = resource::detect(config);
        let mut build = |signal, built: Result<(), String>| {
            if let Err(problem) = built {
                problems.push(format!("no {signal}: {problem}"));
            }
        };
        let (mut traces, mut metrics, mut logs) = (None, None, None);
        build(
            "traces",
            traces::build(&config.traces, &resource, &exports).map(|built| traces = built),
        );
        build(
            "metrics",
            metrics::build(&config.metrics, &resource, &exports).map(|built| metrics = built),
        );
        build(
            "logs",
            logs::build(&config.logs, &resource, &exports).map(|built| logs = built),
        );
        if let Some(metrics) = metrics.as_ref().filter(|_| config.sdk_metrics) {
            exports.measure(metrics.meter("otel-auto"));
        }
        if let Some(metrics) = &metrics {
            runtime::measure(metrics, config.runtime);
        }
        (
            Self {
                traces,
                metrics,
                logs,
                exports,
            },
            problems,
        )
    }

    /// What instrumentations work with.
    pub(crate) fn providers(&self, config: &Config, settings: Settings) -> Providers {
        let mut builder = Providers::builder()
            .sampling(sampling(&config.traces.sampler))
            .propagation(propagation(&config.propagators))
            .settings(settings);
        if let Some(traces) = &self.traces {
            builder = builder.tracer_provider(traces.clone()).bridge(Bridge);
        }
        if let Some(metrics) = &self.metrics {
            builder = builder.meter_provider(metrics.clone());
        }
        if let Some(logs) = &self.logs {
            builder = builder.logger_provider(logs.clone());
        }
        builder.build()
    }

    /// Makes the providers and propagators the API's global ones, for the program's own use.
    pub(crate) fn set_global(&self, config: &Config) {
        if let Some(traces) = &self.traces {
            opentelemetry::global::set_tracer_provider(traces.clone());
        }
        if let Some(metrics) = &self.metrics {
            opentelemetry::global::set_meter_provider(metrics.clone());
        }
        opentelemetry::global::set_text_map_propagator(propagation(&config.propagators));
    }

    /// Exports what is buffered.
    pub(crate) fn flush(&self) {
        if let Some(traces) = &self.traces {
            let _ = traces.force_flush();
        }
        if let Some(metrics) = &self.metrics {
            let _ = metrics.force_flush();
        }
        if let Some(logs) = &self.logs {
            let _ = logs.force_flush();
        }
    }

    /// Exports what is buffered and ends, all within `timeout`.
    pub(crate) fn shutdown(&self, timeout: Duration) {
        crate::diagnose::ended();
        // A little less, so that what an export ends with is still heard, and told at the exit.
        self.exports.begin_shutdown(timeout - timeout / 20);
        let deadline = Instant::now() + timeout;
        let left = || deadline.saturating_duration_since(Instant::now());
        let traces = || {
            self.traces
                .as_ref()
                .map(|traces| traces.shutdown_with_timeout(left()))
        };
        let metrics = || {
            self.metrics
                .as_ref()
                .map(|metrics| metrics.shutdown_with_timeout(left()))
        };
        let logs = || {
            self.logs
                .as_ref()
                .map(|logs| logs.shutdown_with_timeout(left()))
        };
        // Side by side: a receiver that does not answer costs one time-out, not three.
        std::thread::scope(|threads| {
            let spawn = |work| std::thread::Builder::new().spawn_scoped(threads, work);
            // Without a thread to spare it is done one after the other.
            if spawn(Box::new(move || drop(traces())) as Box<dyn FnOnce() + Send>).is_err() {
                traces();
            }
            if spawn(Box::new(move || drop(logs()))).is_err() {
                logs();
            }
            metrics();
        });
        self.exports.finish();
    }
}

fn sampling(sampler: &Sampler) -> Sampling {
    match sampler {
        Sampler::ParentBased(root) if **root == Sampler::AlwaysOff => Sampling::ParentBasedOff,
        Sampler::ParentBased(_) => Sampling::ParentBased,
        // A strategy that says no to all today may say yes tomorrow.
        Sampler::AlwaysOn | Sampler::AlwaysOff | Sampler::Ratio(_) | Sampler::JaegerRemote(_) => {
            Sampling::Ask
        }
    }
}

fn propagation(propagators: &[Propagator]) -> Propagation {
    Propagation::new(propagators.iter().copied())
}

/// A builder of the SDK may panic, for want of a thread for instance: that is a problem to be told, not the program's end.
fn guarded<T>(build: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(build))
        .unwrap_or_else(|_| Err("the OpenTelemetry SDK panicked while it was set up".to_owned()))
}
