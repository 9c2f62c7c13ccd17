//! Two captures never see each other, on however many threads they run.

use otel_auto::{
    opentelemetry::KeyValue,
    testing::{assert_metric, assert_tree, builder, capture},
};

use crate::app::price;

static CALLS: otel_auto::Counter = otel_auto::counter!("test.calls");

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_captures_at_once_in_one_runtime_hold_what_is_theirs() {
    let tasks: Vec<_> = (1..=50_u32)
        .map(|task| {
            tokio::spawn(async move {
                let telemetry = capture();
                let work = async {
                    CALLS.add(u64::from(task), &[KeyValue::new("task", i64::from(task))]);
                    otel_auto::spawn(price(task)).await.unwrap().unwrap();
                };
                telemetry.scope(work).await;
                let tree = format!(
                    "
                    price internal order.id={task}
                      look up internal
                      look_for internal
                    "
                );
                assert_tree!(telemetry, ["order.id"], &tree);
                let points = assert_metric!(telemetry, "test.calls", value = f64::from(task));
                assert_eq!(points.len(), 1);
                assert_eq!(telemetry.logs().len(), 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn what_runs_outside_is_seen_by_nobody() {
    let telemetry = capture();
    price(1).await.unwrap();
    telemetry
        .scope(async { tokio::spawn(price(2)).await })
        .await
        .unwrap()
        .unwrap();
    CALLS.add(1, &[]);
    tracing::info!("outside");
    assert_tree!(telemetry, "");
    assert!(telemetry.metrics().is_empty());
    assert!(telemetry.logs().is_empty());
}

#[test]
fn the_inner_of_two_captures_has_what_runs_in_it() {
    let (outer, inner) = (capture(), capture());
    outer.in_scope(|| {
        let _span = otel_auto::span!("outer");
        inner.in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
    });
    assert_tree!(outer, "outer internal");
    assert_tree!(inner, "inner internal");
}

#[test]
fn settings_are_those_of_the_capture() {
    let telemetry = builder()
        .settings(|settings| settings.traces = false)
        .build();
    telemetry.in_scope(|| otel_auto::span!("work").run(|| CALLS.add(1, &[])));
    assert_tree!(telemetry, "");
    assert_metric!(telemetry, "test.calls", value = 1.0);
}
