//! Assertions wait for spans that are still open, and for nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{
    panic::catch_unwind,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use opentelemetry::trace::{Span, Tracer};
use otel_auto_testing::{Capture, assert_span, assert_tree};

/// Longer than any test runs: an assertion that waits for what does not come does not pass by luck.
const LONG: Duration = Duration::from_secs(60);

fn patient() -> Capture {
    Capture::builder().patience(LONG).build()
}

#[test]
fn an_assertion_waits_for_a_span_that_another_thread_ends() {
    let telemetry = patient();
    let (end, ended) = mpsc::channel::<()>();
    let mut span = telemetry.tracer("test").start("work");
    let worker = thread::spawn(move || {
        ended.recv().unwrap();
        span.end();
    });
    assert_eq!(telemetry.open(), ["work"]);
    let asserts = {
        let telemetry = telemetry.clone();
        thread::spawn(move || assert_span!(telemetry, "work").name)
    };
    end.send(()).unwrap();
    assert_eq!(asserts.join().unwrap(), "work");
    worker.join().unwrap();
    assert!(telemetry.open().is_empty());
}

#[test]
fn an_assertion_fails_at_once_if_nothing_is_open() {
    let telemetry = patient();
    telemetry.tracer("test").in_span("work", |_| ());
    let started = Instant::now();
    catch_unwind(|| assert_span!(telemetry, "play")).unwrap_err();
    catch_unwind(|| assert_tree!(telemetry, "play internal")).unwrap_err();
    assert!(started.elapsed() < LONG / 2);
}

#[tokio::test]
async fn in_a_runtime_of_one_thread_the_end_is_awaited() {
    let telemetry = patient();
    telemetry.ended().await;
    let mut span = telemetry.tracer("test").start("work");
    let work = tokio::spawn(async move {
        tokio::task::yield_now().await;
        span.end();
    });
    telemetry.ended().await;
    assert_tree!(telemetry, "work internal");
    work.await.unwrap();
}

#[tokio::test]
async fn a_span_that_starts_later_is_awaited_by_its_name() {
    let telemetry = patient();
    let tracer = telemetry.tracer("test");
    let work = thread::spawn(move || tracer.in_span("later", |_| ()));
    assert_eq!(telemetry.wait_for_span("later").await.name, "later");
    work.join().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_in_vain_ends_also_where_the_clock_is_paused() {
    let telemetry = Capture::builder()
        .patience(Duration::from_millis(20))
        .build();
    let waiting = telemetry.wait_for_span("never");
    let problem = tokio::spawn(waiting).await.unwrap_err().into_panic();
    let problem = problem.downcast_ref::<String>().unwrap();
    assert!(problem.starts_with("no span named \"never\""), "{problem}");

    let _open = telemetry.tracer("test").start("open");
    let problem = tokio::spawn(telemetry.ended())
        .await
        .unwrap_err()
        .into_panic();
    let problem = problem.downcast_ref::<String>().unwrap();
    assert_eq!(problem, "spans have not ended within 20ms: [\"open\"]");
}
