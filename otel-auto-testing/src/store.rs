//! What one capture has seen so far, and waiting for more.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context as Task, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope, SpanId, trace::Span as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord},
    trace::{Span, SpanData, SpanProcessor},
};

use crate::LogView;

/// Shared by the SDK's processors and the test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Spans that have started and not ended, by the name that they started with.
    pub(crate) open: Vec<(SpanId, String)>,
    pub(crate) ended: Vec<SpanData>,
    pub(crate) logs: Vec<LogView>,
    changes: u64,
    waiting: Vec<Waker>,
}

impl Store {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen();
        change(&mut seen);
        seen.changes += 1;
        let waiting = std::mem::take(&mut seen.waiting);
        drop(seen);
        self.0.changed.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Looks until there is nothing wrong; again whenever something has changed, as long as spans are open, and no
    /// longer than `patience`. Blocks the thread meanwhile.
    pub(crate) fn look<T, E>(
        &self,
        patience: Duration,
        mut look: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E> {
        let deadline = Instant::now() + patience;
        loop {
            let seen = self.seen();
            let (before, is_open) = (seen.changes, !seen.open.is_empty());
            drop(seen);
            let found = look();
            if found.is_ok() || !is_open || Instant::now() >= deadline {
                return found;
            }
            let mut seen = self.seen();
            while seen.changes == before {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                seen = self.wait(seen, left);
            }
        }
    }

    fn wait<'a>(&'a self, seen: MutexGuard<'a, Seen>, left: Duration) -> MutexGuard<'a, Seen> {
        let waited = self.0.changed.wait_timeout(seen, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Is ready with what `look` finds, or with nothing after `patience`. Needs no runtime.
    pub(crate) fn until<T, L>(&self, patience: Duration, look: L) -> Until<L>
    where
        L: FnMut(&Seen) -> Option<T>,
    {
        Until {
            store: self.clone(),
            deadline: Instant::now() + patience,
            look,
            timer: None,
        }
    }
}

impl SpanProcessor for Store {
    fn on_start(&self, span: &mut Span, _: &Context) {
        let ids = span.span_context();
        if !ids.is_sampled() {
            return;
        }
        let id = ids.span_id();
        let name = span.exported_data().map(|data| data.name.into_owned());
        self.change(|seen| seen.open.push((id, name.unwrap_or_default())));
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        self.change(|seen| {
            seen.open
                .retain(|(id, _)| *id != span.span_context.span_id());
            seen.ended.push(span);
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for Store {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let log = LogView::new(record, scope);
        self.change(|seen| seen.logs.push(log));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The future of [`Store::until`].
pub(crate) struct Until<L> {
    store: Store,
    deadline: Instant,
    look: L,
    /// The timer's thread goes on while this exists.
    timer: Option<Arc<()>>,
}

impl<T, L> Future for Until<L>
where
    L: FnMut(&Seen) -> Option<T> + Unpin,
{
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let mut seen = this.store.seen();
        if let Some(found) = (this.look)(&seen) {
            return Poll::Ready(Some(found));
        }
        if Instant::now() >= this.deadline {
            return Poll::Ready(None);
        }
        seen.waiting.push(task.waker().clone());
        drop(seen);
        // A thread and not the runtime's clock: a test may have paused that, or have another runtime.
        if this.timer.is_none() {
            let alive = Arc::new(());
            let (store, deadline) = (this.store.clone(), this.deadline);
            let waited = Arc::downgrade(&alive);
            thread::spawn(move || store.wake_at(deadline, &waited));
            this.timer = Some(alive);
        }
        Poll::Pending
    }
}

impl Store {
    fn wake_at(&self, deadline: Instant, waited: &Weak<()>) {
        let mut seen = self.seen();
        while waited.strong_count() > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(seen);
                return self.change(|_| ());
            }
            seen = self.wait(seen, left);
        }
    }
}

impl<L> Drop for Until<L> {
    fn drop(&mut self) {
        if self.timer.take().is_some() {
            let _seen = self.store.seen();
            self.store.0.changed.notify_all();
        }
    }
}
