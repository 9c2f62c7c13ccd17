//! `span!`: spans by hand.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU32, Ordering},
};

use opentelemetry::{Value, trace::Status};
use otel_auto_core::{code::Span, span};
use otel_auto_testing::Capture;

fn work(id: u64) -> Span {
    span!("work", user.id = id, user.r#type = %'x', "plain key" = ?"text", list = vec![1_i64])
}

#[test]
fn span_has_its_place_and_its_attributes_and_ends_when_dropped() {
    let capture = Capture::new();
    let span = capture.in_scope(|| work(7));
    span.set_attribute("late", 3_u64);
    span.set_attribute("absent", None::<&str>);
    assert!(capture.spans().is_empty());
    drop(span);
    let span = capture.span("work");
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.get("user.id"), Some(&Value::I64(7)));
    let attributes: Vec<_> = span
        .attributes()
        .into_iter()
        .filter(|(key, _)| key != "code.line.number")
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        attributes,
        [
            &format!("code.file.path={}", file!()),
            "late=3",
            "list=[1]",
            "plain key=\"text\"",
            "user.id=7",
            "user.r#type=x",
        ]
    );
}

#[test]
fn what_runs_inside_is_below_it() {
    let capture = Capture::new();
    let given = capture.in_scope(|| {
        let outer = span!("outer");
        let _beside = span!("beside");
        outer.run(|| span!("inner").run(|| 3))
    });
    assert_eq!(given, 3);
    assert_eq!(
        capture.tree(),
        "outer internal\n  inner internal\nbeside internal\n"
    );
}

#[tokio::test]
async fn future_ends_it_or_cancels_it() {
    let capture = Capture::new();
    let future = capture.in_scope(|| {
        span!("future").future(async {
            tokio::task::yield_now().await;
            drop(span!("inner"));
            7
        })
    });
    assert_eq!(capture.scope(future).await, 7);
    drop(capture.in_scope(|| span!("dropped").future(async {})));
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "future internal\n  inner internal\ndropped internal error.type=cancelled\n"
    );
}

#[test]
fn failure_and_panic_are_errors() {
    let capture = Capture::new();
    capture.in_scope(|| {
        let span = span!("failed");
        span.fail(&"x".parse::<u32>().unwrap_err());
        let panicking = span!("panicked");
        let caught = catch_unwind(AssertUnwindSafe(|| panicking.run(|| panic!("as asked"))));
        assert!(caught.is_err());
        drop(panicking);
    });
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "failed internal error error.type=core::num::error::ParseIntError\n\
         panicked internal error error.type=panic\n"
    );
    assert_eq!(
        capture.span("failed").status,
        Status::error("invalid digit found in string")
    );
}

#[test]
fn outside_of_telemetry_nothing_is_evaluated() {
    let evaluated = AtomicU32::new(0);
    let span = span!("off", n = evaluated.fetch_add(1, Ordering::Relaxed));
    assert_eq!(span.run(|| 1), 1);
    drop(span);
    assert_eq!(evaluated.load(Ordering::Relaxed), 0);
}
