//! A program that never called `init()`: a process of its own, for no other test may make providers in it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
use otel_auto::{InTrace, StreamInTrace, Traced, extract, in_trace, inject};

#[tokio::test]
async fn without_init_all_that_hands_work_over_does_only_that() {
    assert_eq!(otel_auto::spawn(async { 1 }).await.unwrap(), 1);
    assert_eq!(otel_auto::spawn_blocking(|| 2).await.unwrap(), 2);
    assert_eq!(otel_auto::spawn_thread(|| 3).join().unwrap(), 3);
    assert_eq!(in_trace(|| 4)(), 4);
    assert_eq!(async { 5 }.in_trace().await, 5);
    let numbers: Vec<_> = stream::iter(0..3).in_trace().collect().await;
    assert_eq!(numbers, [0, 1, 2]);

    let mut headers = HashMap::from([("traceparent".to_owned(), "theirs".to_owned())]);
    inject(&mut headers);
    assert_eq!(headers.len(), 1);
    assert_eq!(headers["traceparent"], "theirs");
    let _ = extract(&headers);

    // Twice, for there is no span to link to.
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let traced = Traced::with_context(6, &context);
    for _ in 0..2 {
        let (value, sent) = traced.clone().open();
        assert_eq!(sent.link(), None);
        assert_eq!(sent.run("work", || value), 6);
        let work = async { Context::current().baggage().len() };
        assert_eq!(sent.scope("work", work).await, 1);
    }
    assert_eq!(traced.into_inner(), 6);
}
