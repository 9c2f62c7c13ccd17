//! Spans and events of `tracing`, with the subscriber of the kit or one of the test's own.

use otel_auto::testing::{assert_log, assert_span, assert_tree, capture};
use tracing::Instrument;
use tracing_subscriber::prelude::*;

#[otel_auto::instrumented]
async fn ours() {
    tracing::info!("in ours");
}

#[test]
fn spans_of_both_worlds_are_one_tree() {
    let telemetry = capture();
    telemetry.in_scope(|| {
        let span = tracing::info_span!("theirs", answer = 42_u64);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { ours().await }.instrument(span));
    });
    assert_tree!(
        telemetry,
        ["answer"],
        "
        theirs internal answer=42
          ours internal
        "
    );
    assert_log!(telemetry, "in ours", span = "ours");
}

/// Servers and functions are spans of `tracing` too, as in production.
#[tokio::test]
async fn the_current_span_of_tracing_is_ours() {
    let telemetry = capture();
    let task = async {
        let task = async { otel_auto::span!("spawned").run(|| ()) };
        tokio::spawn(task.in_current_span()).await.unwrap();
    };
    let span = telemetry.in_scope(|| otel_auto::span!("by hand"));
    telemetry.scope(span.future(task)).await;
    assert_span!(telemetry, "spawned", parent = "by hand");
}

#[test]
fn a_subscriber_of_the_tests_own_is_respected() {
    let telemetry = capture();
    let own = tracing_subscriber::registry().with(otel_auto::tracing_layer());
    tracing::subscriber::with_default(own, || {
        telemetry.in_scope(|| tracing::info_span!("theirs").in_scope(|| tracing::warn!("careful")));
    });
    assert_tree!(telemetry, "theirs internal");
    assert_log!(telemetry, "careful", severity = Warn, span = "theirs");
}

#[test]
fn without_a_layer_in_the_subscriber_our_own_spans_are_there() {
    let telemetry = capture();
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        telemetry.in_scope(|| {
            tracing::info_span!("unseen").in_scope(|| otel_auto::span!("seen").run(|| ()));
        });
    });
    assert_tree!(telemetry, "seen internal");
}
