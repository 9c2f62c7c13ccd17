//! The telemetry that runs in this process, and its end.

use std::{
    fmt,
    mem::ManuallyDrop,
    process,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use otel_auto_core::{Providers, Settings};

use crate::{config::Config, diagnostics::say, providers::Sdk, subscriber, tracer::LateTracer};

/// What "no limit" is at a program's end: nobody waits longer.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// What an orderly end takes beyond its time-out: ending a thread, writing the summary.
const GRACE: Duration = Duration::from_millis(500);

static RUNNING: Mutex<Option<Arc<Running>>> = Mutex::new(None);
/// The process that telemetry was last set up in. Read before any lock is taken: a forked child may have inherited
/// a lock that nobody will ever open.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Telemetry from `init()` to its end.
pub(crate) struct Running {
    sdk: Sdk,
    timeout: Duration,
    process: u32,
    /// None if it is disabled.
    since: Option<Instant>,
    phase: Mutex<Phase>,
    ended: Condvar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    Ending,
    Ended,
}

/// Is telemetry set up in this process? What was set up before a fork is the parent's.
pub(crate) fn is_running() -> bool {
    current().is_some()
}

/// Makes these providers the process's, unless others are: what runs then, or the providers back.
pub(crate) fn start(sdk: Sdk, config: &Config, settings: Settings) -> Result<Arc<Running>, Sdk> {
    let mut slot = slot();
    match slot.take() {
        Some(running) if running.is_of_this_process() => {
            *slot = Some(running);
            return Err(sdk);
        }
        // Dropping the parent's would wait for threads that were not forked.
        Some(inherited) => abandon(inherited),
        None => {}
    }
    LateTracer::set(sdk.traces.as_ref());
    subscriber::configure(&config.tracing);
    let logs = sdk.logs.as_ref().filter(|_| config.tracing.bridges_logs);
    subscriber::set_provider(logs);
    sdk.set_global(config);
    sdk.providers(config, settings).install();
    let running = Arc::new(Running {
        sdk,
        timeout: config.shutdown_timeout.unwrap_or(NO_LIMIT),
        process: process::id(),
        since: (!config.disabled).then(Instant::now),
        phase: Mutex::new(Phase::Running),
        ended: Condvar::new(),
    });
    PROCESS.store(running.process, Ordering::Release);
    *slot = Some(Arc::clone(&running));
    Ok(running)
}

/// Ends what runs in this process, if anything does; see [`Running::end`].
pub(super) fn end() {
    if let Some(running) = current() {
        running.end();
    }
}

/// Exports what is buffered, within the shutdown time-out, and goes on.
#[cfg(unix)]
pub(super) fn flush() {
    let Some(running) = current() else {
        return;
    };
    let timeout = running.timeout.saturating_add(GRACE);
    let (done, flushed) = std::sync::mpsc::channel();
    let flushing = thread::Builder::new()
        .name("otel-auto-flush".to_owned())
        .spawn(move || {
            running.flush();
            let _ = done.send(());
        });
    if flushing.is_ok() {
        let _ = flushed.recv_timeout(timeout);
    }
}

fn current() -> Option<Arc<Running>> {
    if PROCESS.load(Ordering::Acquire) != process::id() {
        return None;
    }
    slot().clone()
}

fn abandon(running: Arc<Running>) {
    let _never_dropped = ManuallyDrop::new(running);
}

fn slot() -> MutexGuard<'static, Option<Arc<Running>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    /// Exports what is buffered, and waits for it as long as the exporters' own time-outs.
    pub(crate) fn flush(&self) {
        if self.is_of_this_process() {
            self.sdk.flush();
        }
    }

    /// How long telemetry has been running; none if it is disabled, which nobody misses.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.since.map(|since| since.elapsed())
    }

    /// Exports what is buffered and ends telemetry, within the shutdown time-out. Of several callers at the same time
    /// the first one does it, and all of them wait: none may end the process before it is done.
    pub(crate) fn end(self: &Arc<Self>) {
        if !self.is_of_this_process() {
            return;
        }
        let first = {
            let mut phase = self.phase();
            let first = *phase == Phase::Running;
            if first {
                *phase = Phase::Ending;
            }
            first
        };
        if first {
            let running = Arc::clone(self);
            let ending = thread::Builder::new()
                .name("otel-auto-end".to_owned())
                .spawn(move || running.shut_down());
            if ending.is_err() {
                self.shut_down();
            }
        }
        let wait = self.timeout.saturating_add(GRACE);
        let waited = self
            .ended
            .wait_timeout_while(self.phase(), wait, |phase| *phase != Phase::Ended);
        drop(waited);
        let mut slot = slot();
        if slot.as_ref().is_some_and(|other| Arc::ptr_eq(other, self)) {
            *slot = None;
        }
    }

    fn shut_down(&self) {
        let left = crate::diagnose::wait(self.timeout);
        Providers::uninstall();
        LateTracer::set(None);
        subscriber::set_provider(None);
        self.sdk.shutdown(left);
        *self.phase() = Phase::Ended;
        self.ended.notify_all();
    }

    /// Gives up the guard of a process that was forked from the one that was set up: none of its export threads is
    /// here, so that ending them would wait for nobody.
    pub(crate) fn leave_to_parent(self: Arc<Self>) -> Result<(), Arc<Self>> {
        if self.is_of_this_process() {
            return Err(self);
        }
        abandon(self);
        if !is_running() {
            say(
                "this process was forked after init(), and its telemetry was lost: \
                 call init() in the child, after the fork",
            );
        }
        Ok(())
    }

    fn is_of_this_process(&self) -> bool {
        self.process == process::id()
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("phase", &*self.phase())
            .finish_non_exhaustive()
    }
}
