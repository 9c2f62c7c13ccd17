use std::{
    future::{Future, pending},
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use otel_auto_core::opentelemetry::trace::Status;
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented]
async fn load(key: &str) -> Result<String, io::Error> {
    tokio::task::yield_now().await;
    if key.is_empty() {
        Err(io::Error::other("no key"))?;
    }
    Ok(key.to_owned())
}

#[instrumented(kind = "consumer")]
async fn outer() -> usize {
    let (a, b) = tokio::join!(load("a"), load("bc"));
    a.map_or(0, |a| a.len()) + b.map_or(0, |b| b.len())
}

#[instrumented]
async fn panics() {
    tokio::task::yield_now().await;
    panic!("as asked");
}

#[instrumented]
async fn never_ready() {
    pending::<()>().await;
}

#[instrumented]
async fn forever() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

#[instrumented]
async fn countdown(n: u32) -> u32 {
    if n == 0 {
        0
    } else {
        1 + Box::pin(countdown(n - 1)).await
    }
}

fn require_send<T: Send>(value: T) -> T {
    value
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn concurrent_calls_are_children() {
    let capture = Capture::new();
    assert_eq!(capture.scope(require_send(outer())).await, 3);
    assert_eq!(
        capture.tree(),
        "outer consumer\n  load internal\n  load internal\n"
    );
}

#[tokio::test]
async fn error_fails() {
    let capture = Capture::new();
    capture.scope(load("")).await.unwrap_err();
    let span = capture.span("load");
    assert_eq!(span.text("error.type"), "std::io::error::Error");
    assert_eq!(span.status, Status::error("no key"));
}

#[tokio::test]
async fn panic_is_an_error_and_goes_on() {
    let capture = Capture::new();
    let panicked = tokio::spawn(capture.scope(panics())).await.unwrap_err();
    assert!(panicked.is_panic());
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "panics internal error error.type=panic\n"
    );
}

#[test]
fn dropped_half_way_is_cancelled_without_an_error() {
    let capture = Capture::new();
    {
        let mut future = pin!(capture.scope(never_ready()));
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(capture.spans().is_empty());
    }
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "never_ready internal error.type=cancelled\n"
    );
}

#[test]
fn never_polled_is_never_recorded() {
    let capture = Capture::new();
    drop(capture.in_scope(never_ready));
    assert!(capture.spans().is_empty());
}

#[test]
fn endless_function_runs_until_it_is_dropped() {
    let capture = Capture::new();
    {
        let mut future = pin!(capture.scope(forever()));
        assert!(poll_once(future.as_mut()).is_pending());
    }
    assert_eq!(capture.tree(), "forever internal\n");
}

#[tokio::test]
async fn recursion_nests() {
    let capture = Capture::new();
    assert_eq!(capture.scope(require_send(countdown(2))).await, 2);
    assert_eq!(
        capture.tree(),
        "countdown internal\n  countdown internal\n    countdown internal\n"
    );
}

#[tokio::test]
async fn call_belongs_to_the_context_of_its_first_poll() {
    let capture = Capture::new();
    let call = capture.in_scope(|| load("a"));
    // Made inside of the capture, but awaited outside of it.
    call.await.unwrap();
    assert!(capture.spans().is_empty());
}
