//! The queue of a batch processor, watched: the SDK drops what finds it full without a word to the user. Items are
//! admitted here, one for one with the SDK's own queue, so that every drop is counted and told.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{Context, InstrumentationScope, logs::Severity};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{
        BatchConfig as LogBatchConfig, BatchLogProcessor, LogBatch, LogExporter, LogProcessor,
        SdkLogRecord,
    },
    trace::{BatchConfig, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

use crate::exporters::otlp::{Exports, Signal};

/// What has gone through one queue so far.
#[derive(Debug)]
pub(crate) struct Queue {
    capacity: u64,
    started: AtomicU64,
    /// Admitted, and not yet taken out by the exporter.
    waiting: AtomicU64,
    taken: AtomicU64,
    dropped: AtomicU64,
    /// Dropped, and not told yet.
    untold: AtomicU64,
    closed: AtomicBool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity as u64,
            started: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            untold: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Handed to the exporter.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The drops since the last call.
    pub(crate) fn tell(&self) -> u64 {
        self.untold.swap(0, Ordering::Relaxed)
    }

    fn start(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    fn admit(&self) -> bool {
        if self.closed.load(Ordering::Relaxed) {
            return false;
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.capacity {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
        self.untold.fetch_add(1, Ordering::Relaxed);
        false
    }

    fn take(&self, items: usize) {
        self.waiting.fetch_sub(items as u64, Ordering::Relaxed);
        self.taken.fetch_add(items as u64, Ordering::Relaxed);
    }
}

/// A batch processor of spans behind a watched queue of `capacity`, which is also the SDK's.
pub(crate) fn spans(
    exporter: impl SpanExporter + 'static,
    config: BatchConfig,
    capacity: usize,
    exports: &Exports,
) -> Watched<BatchSpanProcessor> {
    let queue = exports.queue(Signal::Traces, capacity);
    let exporter = Taking {
        inner: exporter,
        signal: Signal::Traces,
        queue: Arc::clone(&queue),
        exports: exports.clone(),
    };
    let inner = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    Watched { inner, queue }
}

/// The same for log records.
pub(crate) fn logs(
    exporter: impl LogExporter + 'static,
    config: LogBatchConfig,
    capacity: usize,
    exports: &Exports,
) -> Watched<BatchLogProcessor> {
    let queue = exports.queue(Signal::Logs, capacity);
    let exporter = Taking {
        inner: exporter,
        signal: Signal::Logs,
        queue: Arc::clone(&queue),
        exports: exports.clone(),
    };
    let inner = BatchLogProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    Watched { inner, queue }
}

/// Admits items to the processor.
#[derive(Debug)]
pub(crate) struct Watched<P> {
    inner: P,
    queue: Arc<Queue>,
}

impl<P: SpanProcessor> SpanProcessor for Watched<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.queue.start();
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.queue.admit() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.closed.store(true, Ordering::Relaxed);
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<P: LogProcessor> LogProcessor for Watched<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.queue.start();
        if self.queue.admit() {
            self.inner.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.closed.store(true, Ordering::Relaxed);
        self.inner.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.inner.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Takes items out of the queue when their export begins, and tells of drops there: on the processor's thread, since
/// the thread that ended a span must not wait for a terminal.
#[derive(Debug)]
struct Taking<E> {
    inner: E,
    signal: Signal,
    queue: Arc<Queue>,
    exports: Exports,
}

impl<E> Taking<E> {
    fn take(&self, items: usize) {
        self.queue.take(items);
        self.exports.tell_drops(self.signal, &self.queue);
    }
}

impl<E: SpanExporter> SpanExporter for Taking<E> {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        self.take(batch.len());
        self.inner.export(batch)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Taking<E> {
    fn export(&self, batch: LogBatch<'_>) -> impl Future<Output = OTelSdkResult> + Send {
        self.take(batch.iter().count());
        self.inner.export(batch)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.inner.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_the_queue_full_is_counted_and_room_comes_back_with_an_export() {
        let queue = Queue::new(2);
        let admitted: Vec<bool> = (0..5).map(|_| queue.admit()).collect();
        assert_eq!(admitted, [true, true, false, false, false]);
        assert_eq!((queue.waiting(), queue.dropped()), (2, 3));
        assert_eq!((queue.tell(), queue.tell()), (3, 0));
        queue.take(2);
        assert!(queue.admit());
        assert_eq!((queue.waiting(), queue.taken()), (1, 2));
    }
}
