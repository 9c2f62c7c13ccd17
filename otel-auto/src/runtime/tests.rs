//! What is held against the registry, and what a collection costs. That the numbers are right is seen in
//! `tests/runtime.rs`, in processes where nothing else goes on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    sync::{Arc, Weak},
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
        data::ResourceMetrics, reader::MetricReader,
    },
};
use otel_auto_testing::{Capture, MetricPoint, conformance::Check};

use super::{measure, usage::Usage};
use crate::config::runtime::Runtime;

const ALL: Runtime = Runtime {
    process: true,
    cpu_utilization: true,
    tokio: true,
};

/// Collects on the thread that asks it to.
#[derive(Debug, Clone)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

/// The `read` calls that this thread has made.
fn reads() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/io").unwrap();
    let calls = text.lines().find_map(|line| line.strip_prefix("syscr: "));
    calls.unwrap().parse().unwrap()
}

fn reads_of(work: impl FnOnce()) -> u64 {
    let before = reads();
    let own = reads() - before;
    let before = reads();
    work();
    reads() - before - own
}

#[test]
fn a_collection_reads_once_for_all_instruments() {
    let reader = Reader(Arc::new(ManualReader::builder().build()));
    let provider = SdkMeterProvider::builder()
        .with_reader(reader.clone())
        .build();
    measure(&provider, ALL);
    let once = reads_of(|| assert!(Usage::now().is_some()));
    // Two files: what is in them, and that they end there.
    assert_eq!(once, 4);
    let mut metrics = ResourceMetrics::default();
    for _ in 0..3 {
        let collected = reads_of(|| reader.collect(&mut metrics).unwrap());
        assert_eq!(collected, once);
    }
    let names: Vec<_> = metrics
        .scope_metrics()
        .flat_map(|scope| scope.metrics().map(|metric| metric.name().to_owned()))
        .collect();
    assert!(names.len() >= 10, "{names:?}");
}

#[test]
fn metrics_of_the_process_are_those_of_the_registry() {
    let capture = Capture::new();
    measure(capture.meter_provider(), ALL);
    // What is used between two collections needs two.
    let collections = [capture.metrics(), capture.metrics()];
    let of_process: Vec<MetricPoint> = collections
        .concat()
        .into_iter()
        .filter(|point| point.name.starts_with("process."))
        .collect();
    assert!(of_process.len() >= 15, "{of_process:?}");
    let asked = Check::new().opted_in(&["process.cpu.utilization"]);
    let violations = asked.metrics(&of_process);
    assert!(violations.is_empty(), "{violations:?}");
    // It looks at what is opt-in, too.
    assert!(!Check::new().metrics(&of_process).is_empty());
}

#[test]
fn every_metric_is_in_the_documentation() {
    let page = include_str!("../../../docs/runtime-metrics.md");
    let capture = Capture::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async { measure(capture.meter_provider(), ALL) });
    let points = [capture.metrics(), capture.metrics()].concat();
    assert!(points.iter().any(|point| point.name.starts_with("tokio.")));
    for point in points {
        let row = format!("| `{}` | {} | ", point.name, point.unit);
        assert!(page.contains(&row), "{row}");
        for (key, value) in &point.attributes {
            let attribute = format!("`{key}` ");
            let known = page.contains(&attribute) && page.contains(&format!("`{value}`"));
            assert!(known, "{key}={value}");
        }
    }
}
