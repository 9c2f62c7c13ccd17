//! Metrics of the process itself and of its tokio runtimes: numbers that nobody records, asked for by the metric
//! reader before each export, on its thread. The tables are in `docs/runtime-metrics.md`.

#[cfg(unix)]
mod process;
mod runtimes;
mod tokio;
#[cfg(unix)]
mod usage;

#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry::{InstrumentationScope, metrics::MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_semantic_conventions::SCHEMA_URL;

pub use runtimes::observe_runtime;

use crate::config::runtime::Runtime;

/// Makes the instruments that the settings ask for, and observes the runtime around this call, if there is one.
pub(crate) fn measure(provider: &SdkMeterProvider, config: Runtime) {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA_URL)
        .build();
    let meter = provider.meter_with_scope(scope);
    #[cfg(unix)]
    if config.process {
        process::measure(&meter, config.cpu_utilization);
    }
    if config.tokio {
        tokio::measure(&meter);
        if let Ok(current) = ::tokio::runtime::Handle::try_current() {
            observe_runtime(&current);
        }
    }
}

/// One reading for all instruments of a collection. A reader calls the callbacks in the order in which the instruments
/// were made, so that the first one reads, and the others take what it read. Two readers at the same time at most share
/// the newer reading.
#[derive(Debug)]
struct Shared<T>(Mutex<T>);

impl<T> Shared<T> {
    fn new(first: T) -> Self {
        Self(Mutex::new(first))
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
