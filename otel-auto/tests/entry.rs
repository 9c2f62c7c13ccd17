//! `#[otel_auto::main]`, and function spans that go through `tracing`: each case is a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use opentelemetry::{Context, trace::TraceContextExt};
use otel_auto_testing::receiver::Receiver;
use support::{CASE, run};

#[otel_auto::instrumented]
fn work() {}

#[otel_auto::instrumented(parent = none, links = [&Context::current()])]
fn rooted() -> bool {
    Context::current().span().span_context().is_valid()
}

#[otel_auto::instrumented]
async fn outer() -> bool {
    rooted()
}

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        work();
    }
}

#[otel_auto::main]
async fn on_threads() -> Result<u32, std::num::ParseIntError> {
    // It waits forever: the runtime drops it.
    let held = Dropped;
    tokio::spawn(async move {
        let _held = held;
        std::future::pending::<()>().await;
    });
    tokio::task::yield_now().await;
    assert!(outer().await);
    let flavor = tokio::runtime::Handle::current().runtime_flavor();
    assert_eq!(flavor, tokio::runtime::RuntimeFlavor::MultiThread);
    "x".parse()
}

#[otel_auto::main(flavor = "current_thread")]
async fn on_one_thread() {
    otel_auto::span!("by hand", n = 1)
        .future(async { work() })
        .await;
    let flavor = tokio::runtime::Handle::current().runtime_flavor();
    assert_eq!(flavor, tokio::runtime::RuntimeFlavor::CurrentThread);
}

#[otel_auto::main(worker_threads = 3)]
async fn on_three_threads() -> u32 {
    work();
    tokio::runtime::Handle::current()
        .metrics()
        .num_workers()
        .try_into()
        .unwrap()
}

#[otel_auto::main]
fn without_a_runtime() -> Result<u32, std::num::ParseIntError> {
    work();
    let number: u32 = "7".parse()?;
    Ok(number)
}

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "threads" => assert!(on_threads().is_err()),
        "one thread" => on_one_thread(),
        "three threads" => assert_eq!(on_three_threads(), 3),
        "no runtime" => assert_eq!(without_a_runtime(), Ok(7)),
        other => panic!("no such case: {other}"),
    }
}

/// What the case exported until its end; it ended well.
#[track_caller]
fn exported(case: &str) -> Receiver {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let (output, _) = run(case, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case}: {complained}");
    receiver
}

fn names(receiver: &Receiver) -> Vec<String> {
    let spans = receiver.spans();
    let mut names: Vec<_> = spans.iter().map(|span| span.name.clone()).collect();
    names.sort();
    names
}

#[test]
fn main_exports_what_is_done_until_its_runtime_is_gone() {
    let receiver = exported("threads");
    assert_eq!(names(&receiver), ["outer", "rooted", "work"]);
    let spans = receiver.spans();
    let by_name = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (outer, rooted) = (by_name("outer"), by_name("rooted"));
    assert_ne!(rooted.trace_id(), outer.trace_id());
    assert_eq!(rooted.parent_span_id(), "");
    assert_eq!(rooted.links.len(), 1);
    assert_eq!(rooted.links[0].span_id, outer.item.span_id);
}

#[test]
fn main_runs_as_its_arguments_say() {
    assert_eq!(names(&exported("one thread")), ["by hand", "work"]);
    assert_eq!(names(&exported("three threads")), ["work"]);
    assert_eq!(names(&exported("no runtime")), ["work"]);
}
