//! Metrics of the process and of its tokio runtimes, as they are exported: each case is a process of its own, this test
//! run again for one case, which exports before and after something that changes the numbers.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::{
    collections::BTreeMap,
    fs::File,
    hint::black_box,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};
use otel_auto::{Telemetry, observe_runtime};
use otel_auto_testing::receiver::{Message, Receiver, Request};
use support::{CASE, run};
use tokio::runtime::{Builder, Runtime};

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "use" => use_all(),
        "no runtime" => otel_auto::init!().flush(),
        "many threads" => tasks(&multi_thread(3, None)),
        "one thread" => tasks(&Builder::new_current_thread().enable_all().build().unwrap()),
        "several runtimes" => several_runtimes(),
        "two guards" => two_guards(),
        "ended before" => ended_before(),
        other => panic!("no such case: {other}"),
    }
}

const THREADS: usize = 8;
const FILES: usize = 20;
const MEMORY: usize = 64 << 20;
const BURN: Duration = Duration::from_millis(400);

fn use_all() {
    let otel = otel_auto::init!();
    // The first export opens connections.
    otel.flush();
    otel.flush();
    let barrier = Arc::new(Barrier::new(THREADS + 1));
    for _ in 0..THREADS {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || barrier.wait());
    }
    let files: Vec<_> = (0..FILES)
        .map(|_| File::open("/proc/self/exe").unwrap())
        .collect();
    let memory = black_box(vec![1_u8; MEMORY]);
    let begin = Instant::now();
    while begin.elapsed() < BURN {
        black_box(
            memory
                .iter()
                .step_by(4096)
                .map(|byte| u64::from(*byte))
                .sum::<u64>(),
        );
    }
    otel.flush();
    drop((files, memory));
    barrier.wait();
}

fn multi_thread(workers: usize, name: Option<&str>) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).enable_all();
    if let Some(name) = name {
        builder.name(name);
    }
    builder.build().unwrap()
}

/// Five tasks that wait, and work for the worker that polls the last one.
fn tasks(runtime: &Runtime) {
    runtime.block_on(async {
        let otel = otel_auto::init!();
        otel.flush_async().await;
        for _ in 0..5 {
            tokio::spawn(std::future::pending::<()>());
        }
        tokio::spawn(async { thread::sleep(Duration::from_millis(100)) })
            .await
            .unwrap();
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        // Until a worker parks, its time is not counted.
        tokio::time::sleep(Duration::from_millis(20)).await;
        otel.flush_async().await;
    });
}

/// One exported state after another; the last ones are at the end, when no runtime is left.
fn several_runtimes() {
    let early = multi_thread(1, Some("early"));
    observe_runtime(early.handle());
    let otel = otel_auto::init!();
    let first = multi_thread(2, Some("pool"));
    otel.flush();
    let second = multi_thread(3, Some("pool"));
    for runtime in [&first, &second, &second] {
        observe_runtime(runtime.handle());
    }
    for runtime in [&first, &second] {
        let work = runtime.spawn(async { thread::sleep(Duration::from_millis(50)) });
        runtime.block_on(work).unwrap();
    }
    thread::sleep(Duration::from_millis(20));
    otel.flush();
    drop(second);
    otel.flush();
    drop(first);
    early.shutdown_background();
    // The workers of a runtime that is shut down in the background drop its tasks.
    thread::sleep(Duration::from_millis(200));
    otel.flush();
}

/// Telemetry ends and begins again in one runtime.
fn two_guards() {
    multi_thread(2, None).block_on(async {
        for _ in 0..2 {
            otel_auto::init!().flush_async().await;
        }
    });
}

/// The runtime that `init()` saw has ended before telemetry does.
fn ended_before() {
    let runtime = multi_thread(2, None);
    let otel: Telemetry = runtime.block_on(async { otel_auto::init!() });
    otel.flush();
    drop(runtime);
    otel.flush();
}

/// A case's exports, one after the other: the values by name and attributes, as `tokio.worker.count{key=value}`.
fn exports(case: &str, environment: &[(&str, &str)]) -> Vec<BTreeMap<String, f64>> {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = environment.to_vec();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let (output, _) = run(case, &environment);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    receiver.requests().iter().filter_map(values).collect()
}

fn values(request: &Request) -> Option<BTreeMap<String, f64>> {
    let Message::Metrics(message) = &request.message else {
        return None;
    };
    let scopes = message
        .resource_metrics
        .iter()
        .flat_map(|of| &of.scope_metrics);
    let mut values = BTreeMap::new();
    for metric in scopes.flat_map(|scope| &scope.metrics) {
        let points = match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => &sum.data_points,
            Data::Gauge(gauge) => &gauge.data_points,
            other => panic!("{other:?}"),
        };
        for point in points {
            let mut key = metric.name.clone();
            for attribute in &point.attributes {
                let value = format!("{:?}", attribute.value);
                let value = value.split('"').nth(1).unwrap();
                key.push_str(&format!("{{{}={value}}}", attribute.key));
            }
            let value = match point.value.unwrap() {
                Value::AsInt(value) => value as f64,
                Value::AsDouble(value) => value,
            };
            assert_eq!(values.insert(key, value), None);
        }
    }
    Some(values)
}

#[track_caller]
fn assert_between(value: f64, least: f64, most: f64) {
    assert!(
        (least..=most).contains(&value),
        "{value} is not in {least}..={most}"
    );
}

#[test]
fn numbers_of_the_process_follow_what_it_uses() {
    let exports = exports(
        "use",
        &[("OTEL_RUST_PROCESS_CPU_UTILIZATION_ENABLED", "true")],
    );
    let [before, after] = [&exports[1], &exports[2]];
    let grown = |key: &str| after[key] - before[key];
    // The exporter may open or start a few.
    assert_between(
        grown("process.thread.count"),
        THREADS as f64,
        (THREADS + 6) as f64,
    );
    let files = grown("process.unix.file_descriptor.count");
    assert_between(files, FILES as f64, (FILES + 6) as f64);
    for key in ["process.memory.usage", "process.memory.virtual"] {
        let least = if key.ends_with("usage") { 0.9 } else { 1.0 } * MEMORY as f64;
        assert!(grown(key) >= least, "{key} {before:?} {after:?}");
    }
    assert_between(before["process.memory.usage"], 1e6, 1e9);
    let burnt = grown("process.cpu.time{cpu.mode=user}");
    assert_between(burnt, BURN.as_secs_f64() / 4.0, 10.0);
    let passed = grown("process.uptime");
    assert_between(passed, BURN.as_secs_f64(), 20.0);
    assert_between(before["process.uptime"], 0.0, 20.0);
    let cpus = thread::available_parallelism().unwrap().get() as f64;
    let share = after["process.cpu.utilization{cpu.mode=user}"];
    assert_between(share / (burnt / passed / cpus), 0.8, 1.25);
    // Pages may be large.
    assert!(grown("process.paging.faults{system.paging.fault.type=minor}") >= 16.0);
    assert!(grown("process.context_switches{process.context_switch.type=voluntary}") >= 1.0);
    for key in [
        "process.cpu.time{cpu.mode=system}",
        "process.paging.faults{system.paging.fault.type=major}",
        "process.context_switches{process.context_switch.type=involuntary}",
        "process.disk.io{disk.io.direction=read}",
        "process.disk.io{disk.io.direction=write}",
    ] {
        assert!(grown(key) >= 0.0, "{key} {before:?} {after:?}");
    }
}

#[test]
fn without_a_runtime_there_are_metrics_of_the_process_alone_and_without_what_is_opt_in() {
    for values in exports("no runtime", &[]) {
        assert!(values.contains_key("process.uptime"));
        let others = values
            .keys()
            .find(|key| !key.starts_with("process.") || key.starts_with("process.cpu.utilization"));
        assert_eq!(others, None);
    }
}

#[test]
fn each_of_both_is_left_out_by_its_variable() {
    let off = [
        ("OTEL_RUST_PROCESS_METRICS_ENABLED", "process."),
        ("OTEL_RUST_RUNTIME_METRICS_ENABLED", "tokio."),
    ];
    for (variable, prefix) in off {
        let exports = exports("many threads", &[(variable, "false")]);
        assert!(!exports.is_empty());
        for values in exports {
            assert!(!values.is_empty());
            assert_eq!(values.keys().find(|key| key.starts_with(prefix)), None);
        }
    }
    let off = off.map(|(variable, _)| (variable, "false"));
    assert!(exports("many threads", &off).iter().all(BTreeMap::is_empty));
    let nothing = [("OTEL_SDK_DISABLED", "true")];
    assert!(exports("many threads", &nothing).is_empty());
}

#[test]
fn the_runtime_around_init_is_observed_whatever_its_kind() {
    for (case, workers) in [("many threads", 3.0), ("one thread", 1.0)] {
        let exports = exports(case, &[]);
        let [before, after] = [&exports[0], &exports[1]];
        let grown = |key: &str| after[key] - before[key];
        assert_eq!(after["tokio.worker.count"], workers, "{case}");
        assert_eq!(before["tokio.task.count"], 0.0, "{case}");
        assert_eq!(after["tokio.task.count"], 5.0, "{case}");
        assert_eq!(after["tokio.queue.length{tokio.queue.type=global}"], 0.0);
        assert_between(grown("tokio.worker.busy.time"), 0.09, 10.0);
        assert!(grown("tokio.worker.parks") >= 1.0, "{case}");
        #[cfg(tokio_unstable)]
        {
            assert_eq!(after["tokio.task.spawned"], 6.0, "{case}");
            assert!(grown("tokio.task.polls") >= 6.0, "{case}");
            let threads = "tokio.blocking.thread.count{tokio.blocking.thread.state=";
            assert_eq!(after[&format!("{threads}idle}}")], 1.0, "{case}");
            assert_eq!(after[&format!("{threads}busy}}")], 0.0, "{case}");
        }
    }
}

#[test]
fn runtimes_of_one_name_are_added_up_and_none_is_reported_after_its_end() {
    let exports = exports("several runtimes", &[]);
    let name = "{tokio.runtime.name=pool}";
    let workers = format!("tokio.worker.count{name}");
    let busy = format!("tokio.worker.busy.time{name}");
    let early = "tokio.worker.count{tokio.runtime.name=early}";
    let [none, two, one, ended] = [&exports[0], &exports[1], &exports[2], &exports[3]];
    assert_eq!((none[early], none.get(&workers)), (1.0, None));
    assert_eq!((two[early], two[&workers]), (1.0, 5.0));
    assert_between(two[&busy], 0.09, 10.0);
    assert_eq!(one[&workers], 2.0);
    assert!(one[&busy] >= two[&busy], "{one:?} {two:?}");
    assert_eq!(ended.keys().find(|key| key.starts_with("tokio.")), None);
    // Their descriptors are closed: nobody keeps them.
    let files = "process.unix.file_descriptor.count";
    assert!(ended[files] < none[files], "{ended:?} {none:?}");
    assert!(two[files] > none[files], "{two:?} {none:?}");
}

#[test]
fn a_runtime_is_observed_once_when_telemetry_begins_again_in_it() {
    let exports = exports("two guards", &[]);
    assert!(exports.len() >= 2);
    for values in exports {
        assert_eq!(values["tokio.worker.count"], 2.0);
        assert_eq!(values["tokio.task.count"], 0.0);
    }
}

#[test]
fn a_runtime_that_ends_before_telemetry_is_not_missed() {
    let exports = exports("ended before", &[]);
    assert_eq!(exports[0]["tokio.worker.count"], 2.0);
    assert!(exports.len() >= 2);
    for values in &exports[1..] {
        assert_eq!(values.keys().find(|key| key.starts_with("tokio.")), None);
        assert!(values.contains_key("process.uptime"));
    }
}
