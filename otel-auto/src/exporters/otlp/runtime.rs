//! The export thread: one `otel-auto-export` thread with a current-thread runtime, shared by the three signals,
//! started by the first export and ended at shutdown. Nothing that happens on it is recorded: it lives in a
//! telemetry-suppressed context, and under a subscriber that hears nothing.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::Context;
use tokio::{
    runtime::{Builder, Handle},
    sync::{oneshot, watch},
};
use tracing::{
    Event, Metadata, Subscriber,
    level_filters::LevelFilter,
    span,
    subscriber::{self, Interest},
};

/// Runs exports on a thread of its own. Clones share the thread; it ends with [`ExportRuntime::stop`], or with
/// the last clone.
#[derive(Clone)]
pub(crate) struct ExportRuntime(Arc<Shared>);

struct Shared {
    thread: Mutex<Thread>,
    exit: watch::Sender<Option<Instant>>,
}

enum Thread {
    NotStarted,
    Running {
        handle: Handle,
        stop: oneshot::Sender<()>,
        ended: mpsc::Receiver<()>,
    },
    Stopped,
}

/// The export thread has ended, or could not be started.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

impl ExportRuntime {
    /// Starts nothing yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            thread: Mutex::new(Thread::NotStarted),
            exit: watch::Sender::new(None),
        }))
    }

    /// Runs `job` on the export thread. The result can be awaited anywhere, in any runtime or none; it is an
    /// error, never a hang, when the thread is gone.
    pub(super) async fn run<F>(&self, job: F) -> Result<F::Output, Stopped>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (result, answer) = oneshot::channel();
        self.handle()?.spawn(async move {
            let _ = result.send(job.await);
        });
        // A runtime that ends drops its tasks, and with them the sender.
        answer.await.map_err(|_| Stopped)
    }

    /// Runs `job` on the export thread and waits for it, on a thread that may block, in any runtime or none.
    pub(super) fn run_within<F>(&self, limit: Duration, job: F) -> Result<F::Output, Stopped>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (result, answer) = mpsc::channel();
        self.handle()?.spawn(async move {
            let _ = result.send(job.await);
        });
        answer.recv_timeout(limit).map_err(|_| Stopped)
    }

    /// Starts `job` on the export thread, where it runs to its end or to the thread's.
    pub(crate) fn spawn(
        &self,
        job: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Stopped> {
        self.handle()?.spawn(job);
        Ok(())
    }

    /// From now on nothing is retried, and after `grace` every export fails: so much may an exit be delayed by a
    /// receiver that does not answer. Only the first call counts.
    pub(crate) fn begin_shutdown(&self, grace: Duration) {
        self.0.exit.send_if_modified(|exit| {
            let first = exit.is_none();
            exit.get_or_insert_with(|| Instant::now() + grace);
            first
        });
    }

    /// Watches for the end given by [`ExportRuntime::begin_shutdown`].
    pub(super) fn exit(&self) -> Exit {
        Exit(self.0.exit.subscribe())
    }

    /// Ends the thread, and waits for that for a moment. Exports under way fail, and so do all later ones.
    pub(crate) fn stop(&self) {
        let running = std::mem::replace(&mut *self.lock(), Thread::Stopped);
        if let Thread::Running { stop, ended, .. } = running {
            let _ = stop.send(());
            let _ = ended.recv_timeout(Duration::from_millis(200));
        }
    }

    fn handle(&self) -> Result<Handle, Stopped> {
        let mut thread = self.lock();
        if matches!(*thread, Thread::NotStarted) {
            *thread = start().unwrap_or(Thread::Stopped);
        }
        match &*thread {
            Thread::Running { handle, .. } => Ok(handle.clone()),
            Thread::NotStarted | Thread::Stopped => Err(Stopped),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Thread> {
        self.0.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ExportRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportRuntime").finish_non_exhaustive()
    }
}

fn start() -> std::io::Result<Thread> {
    // The other threads only resolve names; a resolver that hangs must not collect more and more of them.
    let mut builder = Builder::new_current_thread();
    builder
        .thread_name("otel-auto-resolve")
        .max_blocking_threads(4)
        .enable_io()
        .enable_time();
    // Made on a thread of the caller's, where records of `log` about it would be heard.
    let runtime = subscriber::with_default(Deaf, || builder.build())?;
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = mpsc::channel();
    thread::Builder::new()
        .name("otel-auto-export".to_owned())
        .spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            let _deaf = subscriber::set_default(Deaf);
            // Stopped by a message, or by the sender's end when the last clone is dropped.
            let _ = runtime.block_on(stopped);
            // A name that is being resolved sits in a blocking call; an exit must not wait for it.
            runtime.shutdown_background();
            let _ = end.send(());
        })?;
    Ok(Thread::Running {
        handle,
        stop,
        ended,
    })
}

/// The shutdown, as a running export sees it.
#[derive(Debug, Clone)]
pub(super) struct Exit(watch::Receiver<Option<Instant>>);

impl Exit {
    pub(super) fn has_begun(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Ready once the shutdown has begun.
    pub(super) async fn begun(&mut self) -> Instant {
        match self
            .0
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|exit| *exit)
        {
            Some(at) => at,
            // Every `ExportRuntime` is gone, and with them the thread this runs on.
            None => std::future::pending().await,
        }
    }

    /// Ready once the grace of the shutdown is over.
    pub(super) async fn over(mut self) {
        let at = self.begun().await;
        tokio::time::sleep_until(at.into()).await;
    }
}

/// `tracing`'s own no-op subscriber gives no maximum level, and would so lift the level of the whole process to
/// TRACE; this one gives OFF.
#[derive(Debug)]
struct Deaf;

impl Subscriber for Deaf {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::never()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::exporters::otlp::tests::block_on;

    #[test]
    fn nothing_is_recorded_on_the_export_thread() {
        let runtime = ExportRuntime::new();
        let job = async {
            let name = thread::current().name().map(str::to_owned);
            let quiet = tracing::dispatcher::get_default(|dispatch| dispatch.is::<Deaf>());
            (name, Context::is_current_telemetry_suppressed(), quiet)
        };
        let seen = block_on(runtime.run(job)).unwrap();
        assert_eq!(seen, (Some("otel-auto-export".to_owned()), true, true));
    }

    #[test]
    fn a_stopped_runtime_answers_with_an_error_and_drops_what_runs() {
        let runtime = ExportRuntime::new();
        let stopper = runtime.clone();
        let stopping = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            stopper.stop();
        });
        assert_eq!(
            block_on(runtime.run(std::future::pending::<()>())),
            Err(Stopped)
        );
        assert_eq!(block_on(runtime.run(async {})), Err(Stopped));
        stopping.join().unwrap();
    }

    #[test]
    fn a_panicking_job_is_an_error_and_the_next_one_runs() {
        let runtime = ExportRuntime::new();
        assert_eq!(
            block_on(runtime.run(async { panic!("on purpose") })),
            Err::<(), _>(Stopped)
        );
        assert_eq!(block_on(runtime.run(async { 7 })), Ok(7));
    }

    #[test]
    fn the_thread_ends_with_the_last_clone() {
        let runtime = ExportRuntime::new();
        block_on(runtime.run(async {})).unwrap();
        let Thread::Running { ended, .. } =
            std::mem::replace(&mut *runtime.lock(), Thread::Stopped)
        else {
            panic!("not running");
        };
        drop(runtime);
        ended.recv_timeout(Duration::from_secs(5)).unwrap();
    }
}
