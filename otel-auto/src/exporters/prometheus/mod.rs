//! `prometheus`: metrics to be scraped, at `GET /metrics` of a small server of its own on the export thread. The state
//! of the metrics is read when it is asked for, one scrape at a time.

mod name;
mod server;
mod text;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{TcpListener, ToSocketAddrs},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    },
};

use super::otlp::ExportRuntime;
use crate::{config::signals::Prometheus, diagnostics::say};

/// Reads when it is scraped.
#[derive(Debug, Clone)]
pub(crate) struct PrometheusReader(Arc<ManualReader>);

impl PrometheusReader {
    /// Listens from now on; or says in a sentence why it cannot.
    pub(crate) fn start(settings: &Prometheus, runtime: &ExportRuntime) -> Result<Self, String> {
        let Prometheus { host, port } = settings;
        let listeners = listen(host, *port).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "no metrics for Prometheus: {host}:{port} is taken already; set OTEL_EXPORTER_PROMETHEUS_PORT"
            ),
            _ => format!(
                "no metrics for Prometheus: {host}:{port} cannot be listened on ({error}); \
                 see OTEL_EXPORTER_PROMETHEUS_HOST"
            ),
        })?;
        let (reader, scrape) = scrape();
        for listener in listeners {
            runtime
                .spawn(server::serve(listener, Arc::clone(&scrape)))
                .map_err(|_| "no metrics for Prometheus: no thread to be had".to_owned())?;
        }
        Ok(reader)
    }
}

fn scrape() -> (PrometheusReader, Arc<Scrape>) {
    let reader = PrometheusReader(Arc::new(ManualReader::builder().build()));
    let scrape = Scrape {
        reader: reader.clone(),
        told: AtomicBool::new(false),
    };
    (reader, Arc::new(scrape))
}

/// On every address of the name: `localhost` has two on most machines, and a scraper may take either.
fn listen(host: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let host = host.trim_matches(['[', ']']);
    let mut listeners = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                listeners.push(listener);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // No IPv6 here, for instance.
            Err(error) => failure = error,
        }
    }
    if listeners.is_empty() {
        return Err(failure);
    }
    Ok(listeners)
}

impl MetricReader for PrometheusReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    /// Nothing is pushed.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, _kind: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

/// What a scrape reads.
#[derive(Debug)]
struct Scrape {
    reader: PrometheusReader,
    /// Was a metric left out, and told?
    told: AtomicBool,
}

impl Scrape {
    /// The page; `None` after the shutdown. The program's own callbacks run in here, so it may take its time.
    fn page(&self) -> Option<String> {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let mut metrics = ResourceMetrics::default();
        self.reader.collect(&mut metrics).ok()?;
        let page = text::render(&ExportMetricsServiceRequest::from(&metrics));
        if let Some(name) = page.conflicts.first() {
            if !self.told.swap(true, Ordering::Relaxed) {
                say(format!(
                    "two metrics of different types are both {name:?} to Prometheus; it gets the first one"
                ));
            }
        }
        Some(page.text)
    }
}
