//! The exporters against a real receiver on the loopback interface.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod answers;
mod deliver;
mod fail;
mod lifecycle;
mod proxy;
mod self_metrics;
#[cfg(feature = "tls")]
mod tls;

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanEvents, SpanExporter, SpanLinks},
};

use super::*;
use crate::config::otlp::{Compression, Otlp, Protocol};

pub(super) const PROTOCOLS: [Protocol; 3] =
    [Protocol::HttpProtobuf, Protocol::HttpJson, Protocol::Grpc];
pub(super) const SECOND: Duration = Duration::from_secs(1);

pub(super) fn settings(protocol: Protocol, endpoint: &str) -> Otlp {
    Otlp {
        protocol,
        endpoint: endpoint.to_owned(),
        headers: Vec::new(),
        compression: Compression::None,
        timeout: Some(10 * SECOND),
        certificate: None,
        client_key: None,
        client_certificate: None,
        proxy: None,
    }
}

/// As the configuration resolves a base endpoint.
pub(super) fn at(protocol: Protocol, base: &str, signal: Signal) -> Otlp {
    match protocol {
        Protocol::Grpc => settings(protocol, base),
        Protocol::HttpProtobuf | Protocol::HttpJson => {
            settings(protocol, &format!("{base}/v1/{}", signal.name()))
        }
    }
}

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(super) fn resource() -> Resource {
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "shop"))
        .build()
}

pub(super) fn span(name: &'static str) -> SpanData {
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(1_u128),
            SpanId::from(2_u64),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: SystemTime::now(),
        end_time: SystemTime::now(),
        attributes: vec![KeyValue::new("colour", "red")],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("tests").build(),
    }
}

/// A span exporter whose reports are kept.
pub(super) struct Probe {
    pub(super) exporter: OtlpSpanExporter,
    pub(super) exports: Exports,
    lines: Lines,
}

impl Probe {
    pub(super) fn new(settings: &Otlp) -> Self {
        let (exports, lines) = exports();
        let mut exporter = OtlpSpanExporter::new(settings, &exports).unwrap();
        exporter.set_resource(&resource());
        Self {
            exporter,
            exports,
            lines,
        }
    }

    pub(super) fn export(&self, names: &[&'static str]) -> OTelSdkResult {
        block_on(
            self.exporter
                .export(names.iter().map(|name| span(name)).collect()),
        )
    }

    /// What was reported since the last call.
    pub(super) fn said(&self) -> Vec<String> {
        self.lines.take()
    }

    /// Exports one span in vain, and returns the one sentence about it.
    pub(super) fn complaint(&self) -> String {
        self.export(&["lost"]).unwrap_err();
        let said = self.said();
        assert_eq!(said.len(), 1, "{said:#?}");
        said[0].clone()
    }
}

#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn exports() -> (Exports, Lines) {
    let lines = Lines::default();
    let sink = lines.clone();
    let report = Report::new(5 * SECOND, move |line| {
        sink.0.lock().unwrap().push(line.to_owned());
    });
    (Exports::new(report), lines)
}
