//! In a process without telemetry, functions are what they were. Alone in its file, as it is about a whole process.
#![allow(clippy::unwrap_used)]

extern crate self as otel_auto;

#[path = "support/private.rs"]
pub mod __private;

use std::sync::atomic::{AtomicU32, Ordering};

use otel_auto_macros::instrumented;

#[instrumented(attributes(n = evaluated.fetch_add(1, Ordering::Relaxed)))]
fn sync(evaluated: &AtomicU32, text: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(text.parse::<u32>()? + 1)
}

#[instrumented(attributes(n = evaluated.fetch_add(1, Ordering::Relaxed)))]
async fn asynchronous(evaluated: &AtomicU32, text: &str) -> Result<u32, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    sync(evaluated, text)
}

#[tokio::test]
async fn without_telemetry_functions_give_the_same_and_evaluate_nothing() {
    let evaluated = AtomicU32::new(0);
    assert_eq!(asynchronous(&evaluated, "1").await, Ok(2));
    assert!(asynchronous(&evaluated, "").await.is_err());
    assert_eq!(evaluated.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn future_grows_by_less_than_one_operation_and_the_arguments() {
    async fn bare(evaluated: &AtomicU32, text: &str) -> Result<u32, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        sync(evaluated, text)
    }
    let evaluated = AtomicU32::new(0);
    let bare = size_of_val(&bare(&evaluated, "1"));
    let instrumented = size_of_val(&asynchronous(&evaluated, "1"));
    let operation = size_of::<otel_auto_core::Operation<otel_auto_core::code::Code>>();
    assert!(
        instrumented <= bare + operation + 64,
        "{instrumented} > {bare} + {operation} + 64"
    );
}
