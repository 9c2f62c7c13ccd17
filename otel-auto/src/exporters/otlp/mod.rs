//! OTLP exporters for the three signals, over `http/protobuf`, `http/json` and `grpc`, on one client of our own.
//!
//! The SDK calls an exporter on its own threads. There a batch is encoded and compressed; the bytes then travel
//! to the export thread ([`runtime::ExportRuntime`]), which alone does input and output, under suppression. What goes
//! wrong is told through [`report::Report`], never through the application's subscriber.

mod client;
mod delivery;
mod dial;
mod endpoint;
mod failure;
mod grpc;
mod logs;
mod metrics;
mod probe;
mod report;
mod response;
mod retry;
mod rpc_status;
mod runtime;
mod self_metrics;
#[cfg(feature = "tls")]
mod tls;
mod traces;
mod unary;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use opentelemetry::metrics::Meter;

pub(crate) use logs::OtlpLogExporter;
pub(crate) use metrics::OtlpMetricExporter;
pub(crate) use probe::probe;
pub(crate) use report::{Counts, Report};
pub(crate) use traces::OtlpSpanExporter;
pub(crate) use unary::Unary;

use self_metrics::SelfMetrics;

use crate::providers::queue::Queue;

pub(crate) use runtime::ExportRuntime;

type Queues = Vec<(Signal, Arc<Queue>)>;

/// What the exporters of a program share: the thread they export on, and the reports of what goes wrong.
///
/// At the end: [`Exports::begin_shutdown`], then the providers' own shutdown, then [`Exports::finish`].
#[derive(Debug, Clone)]
pub(crate) struct Exports {
    runtime: ExportRuntime,
    report: Arc<Report>,
    /// The queues in front of the exporters.
    queues: Arc<Mutex<Queues>>,
    /// Of the export itself, where asked for.
    metrics: Arc<OnceLock<SelfMetrics>>,
}

impl Exports {
    /// Starts nothing yet.
    pub(crate) fn new(report: Report) -> Self {
        Self {
            runtime: ExportRuntime::new(),
            report: Arc::new(report),
            queues: Arc::default(),
            metrics: Arc::default(),
        }
    }

    /// A queue of a signal, to be watched.
    pub(crate) fn queue(&self, signal: Signal, capacity: usize) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(capacity));
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.push((signal, Arc::clone(&queue)));
        queue
    }

    /// The queues of a signal.
    pub(crate) fn queues(&self, signal: Signal) -> Vec<Arc<Queue>> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let of_signal = queues.iter().filter(|(of, _)| *of == signal);
        of_signal.map(|(_, queue)| Arc::clone(queue)).collect()
    }

    fn waiting(&self, signal: Signal) -> u64 {
        let queues = self.queues(signal);
        queues.iter().map(|queue| queue.waiting()).sum()
    }

    /// Tells what a full queue has dropped since the last call.
    pub(crate) fn tell_drops(&self, signal: Signal, queue: &Queue) {
        self.report
            .overflowed(signal, queue.tell(), queue.capacity());
    }

    /// Measures the export itself from now on, as `otel.sdk.*`.
    pub(crate) fn measure(&self, meter: Meter) {
        let metrics = self.metrics.get_or_init(|| SelfMetrics::new(meter));
        for signal in Signal::ALL {
            for (number, queue) in self.queues(signal).iter().enumerate() {
                metrics.observe(signal, number, queue);
            }
        }
    }

    /// What has become of a signal's items.
    pub(crate) fn counts(&self, signal: Signal) -> Counts {
        self.report.counts(signal)
    }

    /// The thread that all input and output happens on.
    pub(crate) fn runtime(&self) -> &ExportRuntime {
        &self.runtime
    }

    /// From now on no export is retried, and all of them together end within `grace`.
    pub(crate) fn begin_shutdown(&self, grace: Duration) {
        self.report.begin_exit();
        self.runtime.begin_shutdown(grace);
    }

    /// Ends the export thread, and says in one sentence what could not be sent.
    pub(crate) fn finish(&self) {
        self.runtime.stop();
        for signal in Signal::ALL {
            for queue in self.queues(signal) {
                self.tell_drops(signal, &queue);
            }
        }
        self.report.summary();
    }
}

/// What is exported; names the paths, and the items in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    pub(crate) const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }

    pub(crate) fn items(self, count: u64) -> String {
        let (one, many) = match self {
            Self::Traces => ("span", "spans"),
            Self::Metrics => ("data point", "data points"),
            Self::Logs => ("log record", "log records"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }
}

/// Settings that no exporter can be built from, in a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildError(String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}
