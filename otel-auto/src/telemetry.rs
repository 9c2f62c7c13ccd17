//! The guard that `init()` gives.

use std::{fmt, sync::Arc, thread};

use otel_auto_core::Settings;

use crate::{
    config::Config,
    lifecycle::{self, Running},
    providers::Sdk,
};

/// Telemetry is set up as long as this lives.
///
/// When it is dropped, what is buffered is exported, within `OTEL_RUST_SHUTDOWN_TIMEOUT` (2 seconds). So keep it until
/// the end of `main`: `let _otel = otel_auto::init!();`, not `let _ =`, which drops it at once.
///
/// A program that ends without dropping it exports all the same, on Unix: by `std::process::exit`, by a return from
/// `main` while the guard sits in a static, by SIGTERM or SIGINT that it does not handle itself, and by a panic that
/// aborts. In a process that was forked after `init()` there is no telemetry, until it calls `init()` itself.
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
        lifecycle::is_running()
    }

    /// Makes these providers the process's, unless others are: the guard, or the providers back.
    pub(crate) fn start(sdk: Sdk, config: &Config, settings: Settings) -> Result<Self, Sdk> {
        let running = lifecycle::start(sdk, config, settings)?;
        if !config.disabled {
            lifecycle::prepare(config);
        }
        Ok(Self {
            running: Some(running),
        })
    }

    /// Exports what is buffered now, and waits for it: as long as the exporters' own time-outs. Telemetry goes on.
    ///
    /// It blocks the thread; in async code use [`flush_async`](Self::flush_async).
    pub fn flush(&self) {
        if let Some(running) = &self.running {
            running.flush();
        }
    }

    /// Exports what is buffered now, without blocking the thread: ready when it is done. Telemetry goes on.
    ///
    /// The export starts with the call, and goes on if the future is dropped. It may be awaited in any runtime.
    pub fn flush_async(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        let running = self.running.clone();
        let (done, flushed) = tokio::sync::oneshot::channel::<()>();
        // Without a thread to spare the sender is dropped at once, and nothing is waited for.
        let _ = thread::Builder::new()
            .name("otel-auto-flush".to_owned())
            .spawn(move || {
                if let Some(running) = running {
                    running.flush();
                }
                drop(done);
            });
        async {
            let _ = flushed.await;
        }
    }

    /// Exports what is buffered and ends telemetry, within the shutdown time-out. Dropping the guard does the same.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(running) = self.running.take() {
            if let Err(running) = running.leave_to_parent() {
                running.end();
            }
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let age = self.running.as_ref().and_then(|running| running.age());
        self.end();
        if let Some(age) = age {
            lifecycle::dropped(age);
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("running", &self.running.is_some())
            .finish()
    }
}
