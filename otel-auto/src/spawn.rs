//! Tasks that stay in the trace of the code that spawned them.

use opentelemetry::context::{FutureExt as _, WithContext};
use tracing::{Instrument as _, instrument::Instrumented};

/// Spawns a task that stays in this trace: [`tokio::spawn`] of [`future.in_trace()`](InTrace::in_trace).
///
/// Spans, events and outgoing requests of a task that is spawned with `tokio::spawn` alone belong to no trace, or to
/// one of their own.
///
/// ```
/// # async fn send_mail() {}
/// # async fn handler() {
/// otel_auto::spawn(send_mail());
/// # }
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::spawn` does.
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future.in_trace())
}

/// Keeps a future in the trace of the code that made it, wherever it is polled: another task, another thread.
pub trait InTrace: Future + Sized {
    /// From now on the future is polled with the OpenTelemetry context and the `tracing` span that are current here.
    ///
    /// Call it before the future is handed over: `set.spawn(work().in_trace())`. Like `in_current_span`, it keeps a
    /// span of `tracing` open until the future is dropped, where `tracing` alone ends the span; the spans of a server or
    /// of `#[instrumented]` end when their own work does.
    fn in_trace(self) -> Instrumented<WithContext<Self>> {
        // The span outside: entering it makes its context the current one, which may be older than the one here.
        self.with_current_context().in_current_span()
    }
}

impl<F: Future> InTrace for F {}
