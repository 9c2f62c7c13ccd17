//! `otel.sdk.*`: metrics of the export itself, by the conventions of OpenTelemetry (in development), for who asks for
//! them. The series are as many as the exporters, so that counting their own export does not make them grow.

use std::{borrow::Cow, sync::Arc, time::Instant};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter, UpDownCounter},
};
use opentelemetry_semantic_conventions::{
    attribute::{
        ERROR_TYPE, HTTP_RESPONSE_STATUS_CODE, OTEL_COMPONENT_NAME, OTEL_COMPONENT_TYPE,
        RPC_RESPONSE_STATUS_CODE, SERVER_ADDRESS, SERVER_PORT,
    },
    metric::{
        OTEL_SDK_EXPORTER_LOG_EXPORTED, OTEL_SDK_EXPORTER_LOG_INFLIGHT,
        OTEL_SDK_EXPORTER_METRIC_DATA_POINT_EXPORTED, OTEL_SDK_EXPORTER_METRIC_DATA_POINT_INFLIGHT,
        OTEL_SDK_EXPORTER_OPERATION_DURATION, OTEL_SDK_EXPORTER_SPAN_EXPORTED,
        OTEL_SDK_EXPORTER_SPAN_INFLIGHT, OTEL_SDK_PROCESSOR_LOG_PROCESSED,
        OTEL_SDK_PROCESSOR_LOG_QUEUE_CAPACITY, OTEL_SDK_PROCESSOR_LOG_QUEUE_SIZE,
        OTEL_SDK_PROCESSOR_SPAN_PROCESSED, OTEL_SDK_PROCESSOR_SPAN_QUEUE_CAPACITY,
        OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE,
    },
};

use super::{
    Signal,
    endpoint::Endpoint,
    failure::{Cause, Failure, code_name},
    response::Accepted,
};
use crate::{config::otlp::Protocol, providers::queue::Queue};

const SECONDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The instruments of all exporters.
#[derive(Debug)]
pub(super) struct SelfMetrics {
    meter: Meter,
    traces: Instruments,
    metrics: Instruments,
    logs: Instruments,
    duration: Histogram<f64>,
}

#[derive(Debug)]
struct Instruments {
    inflight: UpDownCounter<i64>,
    exported: Counter<u64>,
}

impl SelfMetrics {
    pub(super) fn new(meter: Meter) -> Self {
        let pair = |inflight, exported, unit| Instruments {
            inflight: meter
                .i64_up_down_counter(inflight)
                .with_unit(unit)
                .with_description("What was passed to the exporter and is not exported yet.")
                .build(),
            exported: meter
                .u64_counter(exported)
                .with_unit(unit)
                .with_description("What the exporter is done with, successfully or not.")
                .build(),
        };
        Self {
            traces: pair(
                OTEL_SDK_EXPORTER_SPAN_INFLIGHT,
                OTEL_SDK_EXPORTER_SPAN_EXPORTED,
                "{span}",
            ),
            metrics: pair(
                OTEL_SDK_EXPORTER_METRIC_DATA_POINT_INFLIGHT,
                OTEL_SDK_EXPORTER_METRIC_DATA_POINT_EXPORTED,
                "{data_point}",
            ),
            logs: pair(
                OTEL_SDK_EXPORTER_LOG_INFLIGHT,
                OTEL_SDK_EXPORTER_LOG_EXPORTED,
                "{log_record}",
            ),
            duration: meter
                .f64_histogram(OTEL_SDK_EXPORTER_OPERATION_DURATION)
                .with_unit("s")
                .with_description("The duration of exporting a batch, with its retries.")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            meter,
        }
    }

    /// Observes the queue of a batch processor from now on.
    pub(super) fn observe(&self, signal: Signal, number: usize, queue: &Arc<Queue>) {
        let (kind, unit, size, capacity, processed) = match signal {
            Signal::Traces => (
                "batching_span_processor",
                "{span}",
                OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE,
                OTEL_SDK_PROCESSOR_SPAN_QUEUE_CAPACITY,
                OTEL_SDK_PROCESSOR_SPAN_PROCESSED,
            ),
            Signal::Logs => (
                "batching_log_processor",
                "{log_record}",
                OTEL_SDK_PROCESSOR_LOG_QUEUE_SIZE,
                OTEL_SDK_PROCESSOR_LOG_QUEUE_CAPACITY,
                OTEL_SDK_PROCESSOR_LOG_PROCESSED,
            ),
            // A reader has no queue.
            Signal::Metrics => return,
        };
        let component = component(kind, number);
        let (watched, attributes) = (Arc::clone(queue), component.clone());
        self.meter
            .i64_observable_up_down_counter(size)
            .with_unit(unit)
            .with_description("What waits in the queue.")
            .with_callback(move |observer| observer.observe(signed(watched.waiting()), &attributes))
            .build();
        let (watched, attributes) = (Arc::clone(queue), component.clone());
        self.meter
            .i64_observable_up_down_counter(capacity)
            .with_unit(unit)
            .with_description("What the queue can hold.")
            .with_callback(move |observer| {
                observer.observe(signed(watched.capacity()), &attributes);
            })
            .build();
        let (watched, attributes) = (Arc::clone(queue), component.clone());
        let mut full = component;
        full.push(KeyValue::new(ERROR_TYPE, "queue_full"));
        self.meter
            .u64_observable_counter(processed)
            .with_unit(unit)
            .with_description("What the processor is done with: exported, or dropped.")
            .with_callback(move |observer| {
                observer.observe(watched.taken(), &attributes);
                observer.observe(watched.dropped(), &full);
            })
            .build();
    }

    /// One export of so many items begins; it ends with [`Running::end`], or given up, when dropped.
    pub(super) fn begin<'a>(&'a self, exporter: &'a Exporter, items: u64) -> Running<'a> {
        let instruments = match exporter.signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        };
        instruments
            .inflight
            .add(signed(items), &exporter.attributes);
        Running {
            instruments,
            duration: &self.duration,
            exporter,
            items,
            begin: Instant::now(),
            ended: false,
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn component(kind: &'static str, number: usize) -> Vec<KeyValue> {
    vec![
        KeyValue::new(OTEL_COMPONENT_TYPE, kind),
        KeyValue::new(OTEL_COMPONENT_NAME, format!("{kind}/{number}")),
    ]
}

/// One exporter, as its metrics name it.
#[derive(Debug)]
pub(super) struct Exporter {
    signal: Signal,
    attributes: Vec<KeyValue>,
}

impl Exporter {
    pub(super) fn new(signal: Signal, endpoint: &Endpoint) -> Self {
        let http = endpoint.protocol != Protocol::Grpc;
        let kind = match (signal, http) {
            (Signal::Traces, true) => "otlp_http_span_exporter",
            (Signal::Traces, false) => "otlp_grpc_span_exporter",
            (Signal::Metrics, true) => "otlp_http_metric_exporter",
            (Signal::Metrics, false) => "otlp_grpc_metric_exporter",
            (Signal::Logs, true) => "otlp_http_log_exporter",
            (Signal::Logs, false) => "otlp_grpc_log_exporter",
        };
        let mut attributes = component(kind, 0);
        attributes.push(KeyValue::new(SERVER_ADDRESS, endpoint.host().to_owned()));
        attributes.push(KeyValue::new(SERVER_PORT, i64::from(endpoint.port())));
        Self { signal, attributes }
    }
}

/// An export under way.
pub(super) struct Running<'a> {
    instruments: &'a Instruments,
    duration: &'a Histogram<f64>,
    exporter: &'a Exporter,
    items: u64,
    begin: Instant,
    ended: bool,
}

impl Running<'_> {
    pub(super) fn end(mut self, outcome: &Result<Accepted, Failure>) {
        match outcome {
            Ok(accepted) => {
                let rejected = accepted.rejected.min(self.items);
                self.count(self.items - rejected, None);
                if rejected > 0 {
                    self.count(rejected, Some("rejected".into()));
                }
                let partial = rejected > 0;
                self.time(partial.then_some(&Failure::new(Cause::Partial, "")));
            }
            Err(failure) => {
                self.count(self.items, Some(error_type(failure.cause)));
                self.time(Some(failure));
            }
        }
        self.ended = true;
    }

    fn count(&self, items: u64, error: Option<Cow<'static, str>>) {
        let exported = &self.instruments.exported;
        match error {
            None => exported.add(items, &self.exporter.attributes),
            Some(error) => exported.add(items, &self.with([KeyValue::new(ERROR_TYPE, error)])),
        }
    }

    fn time(&self, failure: Option<&Failure>) {
        let took = self.begin.elapsed().as_secs_f64();
        let Some(failure) = failure else {
            return self.duration.record(took, &self.exporter.attributes);
        };
        let error = KeyValue::new(ERROR_TYPE, error_type(failure.cause));
        let attributes = match failure.cause {
            Cause::Status(status) => self.with([
                error,
                KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status)),
            ]),
            Cause::Grpc(code) => self.with([
                error,
                KeyValue::new(RPC_RESPONSE_STATUS_CODE, code_name(code)),
            ]),
            _ => self.with([error]),
        };
        self.duration.record(took, &attributes);
    }

    fn with<const N: usize>(&self, more: [KeyValue; N]) -> Vec<KeyValue> {
        let own = self.exporter.attributes.iter().cloned();
        own.chain(more).collect()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let items = signed(self.items);
        self.instruments
            .inflight
            .add(-items, &self.exporter.attributes);
        if !self.ended {
            self.count(self.items, Some("cancelled".into()));
        }
    }
}

/// From a closed set, but for the status that a receiver answers with.
fn error_type(cause: Cause) -> Cow<'static, str> {
    match cause {
        Cause::Refused => "connection_refused".into(),
        Cause::Dns => "dns".into(),
        Cause::Tls => "tls".into(),
        Cause::Connection => "connection".into(),
        Cause::Timeout => "timeout".into(),
        Cause::Protocol => "protocol".into(),
        Cause::Proxy(_) => "proxy".into(),
        Cause::Status(status) => status.to_string().into(),
        Cause::Grpc(code) => code_name(code).into(),
        Cause::Partial => "rejected".into(),
        Cause::Stopped => "stopped".into(),
    }
}
