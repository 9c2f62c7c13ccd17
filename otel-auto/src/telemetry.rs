//! The guard that `init()` gives.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use otel_auto_core::Providers;

use crate::{config::Config, providers::Sdk, tracer::LateTracer};

/// What "no limit" is at a program's end: nobody waits longer.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

struct Running {
    sdk: Sdk,
    timeout: Duration,
}

static RUNNING: Mutex<Option<Arc<Running>>> = Mutex::new(None);

/// Telemetry is set up as long as this lives.
///
/// When it is dropped, what is buffered is exported, within `OTEL_RUST_SHUTDOWN_TIMEOUT` (2 seconds). So keep it until
/// the end of `main`: `let _otel = otel_auto::init!();`, not `let _ =`, which drops it at once.
#[must_use = "telemetry ends when the guard is dropped; bind it to a name such as `_otel`"]
pub struct Telemetry {
    /// None for the guard of a second `init()`: the first one decides.
    running: Option<Arc<Running>>,
}

impl Telemetry {
    /// A guard that guards nothing.
    pub(crate) fn none() -> Self {
        Self { running: None }
    }

    /// Is telemetry set up in this process?
    pub(crate) fn is_running() -> bool {
        RUNNING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Makes these providers the process's, unless others are: the guard, or the providers back.
    pub(crate) fn start(sdk: Sdk, config: &Config) -> Result<Self, Sdk> {
        let mut slot = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_some() {
            return Err(sdk);
        }
        LateTracer::set(sdk.traces.as_ref());
        sdk.set_global(config);
        sdk.providers(config).install();
        let running = Arc::new(Running {
            sdk,
            timeout: config.shutdown_timeout.unwrap_or(NO_LIMIT),
        });
        *slot = Some(Arc::clone(&running));
        Ok(Self {
            running: Some(running),
        })
    }

    /// Exports what is buffered now, and waits for it: as long as the exporters' own time-outs. Telemetry goes on.
    pub fn flush(&self) {
        if let Some(running) = &self.running {
            running.sdk.flush();
        }
    }

    /// Exports what is buffered and ends telemetry, within the shutdown time-out. Dropping the guard does the same.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        Providers::uninstall();
        running.sdk.shutdown(running.timeout);
        LateTracer::set(None);
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("running", &self.running.is_some())
            .finish()
    }
}
