//! Futures, closures and streams that stay in the trace of the code that made them.

use std::{
    pin::Pin,
    task::{Context as Task, Poll},
};

use futures_util::Stream;
use opentelemetry::{
    Context,
    context::{FutureExt as _, WithContext},
};
use pin_project_lite::pin_project;
use tracing::{Instrument as _, Span, instrument::Instrumented};

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

/// Keeps a closure in the trace of the code that made it, wherever it is called.
///
/// [`spawn_blocking`](crate::spawn_blocking) and [`spawn_thread`](crate::spawn_thread) do so by themselves; this is for
/// thread pools, scoped threads and callbacks:
///
/// ```
/// use otel_auto::in_trace;
///
/// # fn index(_: &str) {}
/// std::thread::scope(|scope| {
///     for part in ["a", "b"] {
///         scope.spawn(in_trace(move || index(part)));
///     }
/// });
/// ```
pub fn in_trace<F, T>(work: F) -> impl FnOnce() -> T + use<F, T>
where
    F: FnOnce() -> T,
{
    let context = Context::current();
    let span = Span::current();
    move || {
        span.in_scope(|| {
            let _attached = context.attach();
            work()
        })
    }
}

/// Keeps a stream in the trace of the code that made it, wherever it is polled.
pub trait StreamInTrace: Stream + Sized {
    /// From now on the stream is polled with the OpenTelemetry context and the `tracing` span that are current here.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use otel_auto::StreamInTrace;
    ///
    /// # async fn fetch(page: u32) -> u32 { page }
    /// # async fn example() {
    /// let pages = stream::iter(1..=3).then(fetch).in_trace();
    /// tokio::spawn(pages.for_each(async |page| println!("{page}")));
    /// # }
    /// ```
    ///
    /// What is done with an item is outside of the stream: this holds for `fetch`, not for the `println!`.
    fn in_trace(self) -> InTraceStream<Self> {
        InTraceStream {
            stream: self.with_current_context(),
            span: Span::current(),
        }
    }
}

impl<S: Stream> StreamInTrace for S {}

pin_project! {
    /// The stream of [`StreamInTrace::in_trace`].
    #[derive(Debug, Clone)]
    #[must_use = "streams do nothing unless polled"]
    pub struct InTraceStream<S> {
        #[pin]
        stream: WithContext<S>,
        span: Span,
    }
}

impl<S: Stream> Stream for InTraceStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this.span.enter();
        this.stream.poll_next(task)
    }
}
