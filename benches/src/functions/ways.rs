//! The same functions with the span of each way.

use std::{future::Future, sync::LazyLock};

use opentelemetry::{
    Context, KeyValue,
    global::{self, BoxedTracer},
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto::instrumented;

use super::bodies::{Polls, work};

pub(super) trait Functions {
    fn plain(value: i64) -> i64;
    fn attributes(value: i64, lines: i64, shop: &str) -> i64;
    fn ready(value: i64) -> impl Future<Output = i64>;
    fn pending(polls: usize) -> impl Future<Output = usize>;
    fn outer(value: i64) -> i64;
}

/// No span.
pub(super) struct Bare;

impl Functions for Bare {
    #[inline(never)]
    fn plain(value: i64) -> i64 {
        work(value)
    }

    #[inline(never)]
    fn attributes(value: i64, _: i64, _: &str) -> i64 {
        work(value)
    }

    async fn ready(value: i64) -> i64 {
        work(value)
    }

    async fn pending(polls: usize) -> usize {
        Polls::new(polls).await
    }

    #[inline(never)]
    fn outer(value: i64) -> i64 {
        Self::plain(value)
    }
}

/// The tracer is found once: it costs a lock.
static TRACER: LazyLock<BoxedTracer> = LazyLock::new(|| global::tracer("otel-auto-benches"));

/// The OpenTelemetry API.
pub(super) struct ByHand;

impl Functions for ByHand {
    #[inline(never)]
    fn plain(value: i64) -> i64 {
        let _span = Context::current_with_span(TRACER.start("plain")).attach();
        work(value)
    }

    #[inline(never)]
    fn attributes(value: i64, lines: i64, shop: &str) -> i64 {
        let span = TRACER
            .span_builder("attributes")
            .with_attributes([
                KeyValue::new("order.id", value),
                KeyValue::new("order.lines", lines),
                KeyValue::new("shop.name", shop.to_owned()),
            ])
            .start(&*TRACER);
        let _span = Context::current_with_span(span).attach();
        work(value)
    }

    async fn ready(value: i64) -> i64 {
        let span = Context::current_with_span(TRACER.start("ready"));
        async move { work(value) }.with_context(span).await
    }

    async fn pending(polls: usize) -> usize {
        let span = Context::current_with_span(TRACER.start("pending"));
        async move { Polls::new(polls).await }
            .with_context(span)
            .await
    }

    #[inline(never)]
    fn outer(value: i64) -> i64 {
        let _span = Context::current_with_span(TRACER.start("outer")).attach();
        Self::plain(value)
    }
}

/// `#[tracing::instrument]`.
pub(super) struct Tracing;

impl Functions for Tracing {
    #[inline(never)]
    #[tracing::instrument(skip_all)]
    fn plain(value: i64) -> i64 {
        work(value)
    }

    #[inline(never)]
    #[tracing::instrument(skip_all, fields(order.id = value, order.lines = lines, shop.name = shop))]
    fn attributes(value: i64, lines: i64, shop: &str) -> i64 {
        work(value)
    }

    #[tracing::instrument(skip_all)]
    async fn ready(value: i64) -> i64 {
        work(value)
    }

    #[tracing::instrument(skip_all)]
    async fn pending(polls: usize) -> usize {
        Polls::new(polls).await
    }

    #[inline(never)]
    #[tracing::instrument(skip_all)]
    fn outer(value: i64) -> i64 {
        Self::plain(value)
    }
}

/// `#[instrumented]`.
pub(super) struct Instrumented;

impl Functions for Instrumented {
    #[inline(never)]
    #[instrumented]
    fn plain(value: i64) -> i64 {
        work(value)
    }

    #[inline(never)]
    #[instrumented(attributes(order.id = value, order.lines = lines, shop.name = shop))]
    fn attributes(value: i64, lines: i64, shop: &str) -> i64 {
        work(value)
    }

    #[instrumented]
    async fn ready(value: i64) -> i64 {
        work(value)
    }

    #[instrumented]
    async fn pending(polls: usize) -> usize {
        Polls::new(polls).await
    }

    #[inline(never)]
    #[instrumented]
    fn outer(value: i64) -> i64 {
        Tracing::plain(value)
    }
}
