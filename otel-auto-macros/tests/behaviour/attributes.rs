use std::{
    borrow::Cow,
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use otel_auto_core::{Sampling, opentelemetry::Value};
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[derive(Debug)]
struct Point {
    x: u8,
}

#[instrumented(
    name = "described",
    kind = "server",
    attributes(
        user.id = id,
        user.r#type = kind.as_deref(),
        "point.x" = point.x,
        point.shown = ?point,
        letter = %letter,
        absent = None::<i64>,
        list = vec![1_i64, 2],
        shared = Arc::<str>::from("shared"),
        cow = Cow::Borrowed("cow"),
        large = u64::MAX,
        half = 0.5_f32,
    )
)]
fn describe(id: &str, kind: Option<String>, point: Point, letter: char) -> (Option<String>, Point) {
    let _ = (id, letter);
    (kind, point)
}

#[instrumented(attributes(owned = name, length = name.len()))]
async fn takes(name: String) -> String {
    tokio::task::yield_now().await;
    name
}

#[instrumented(attributes(count = counter.fetch_add(1, Ordering::Relaxed)))]
fn counted(counter: &AtomicU32) {}

#[test]
fn named_arguments_are_borrowed_and_recorded() {
    let capture = Capture::new();
    let (kind, point) =
        capture.in_scope(|| describe("7", Some("admin".to_owned()), Point { x: 3 }, 'x'));
    assert_eq!((kind.as_deref(), point.x), (Some("admin"), 3));
    let span = capture.span("described");
    let own: Vec<_> = span
        .attributes()
        .into_iter()
        .filter(|(key, _)| !key.starts_with("code."))
        .collect();
    let own: Vec<_> = own
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        own,
        [
            "cow=cow",
            "half=0.5",
            "large=18446744073709551615",
            "letter=x",
            "list=[1,2]",
            "point.shown=Point { x: 3 }",
            "point.x=3",
            "shared=shared",
            "user.id=7",
            "user.type=admin",
        ]
    );
    assert_eq!(span.get("point.x"), Some(&Value::I64(3)));
    assert_eq!(
        span.text("code.function.name"),
        "behaviour::attributes::describe"
    );
}

#[tokio::test]
async fn argument_that_the_body_moves_is_recorded_first() {
    let capture = Capture::new();
    assert_eq!(capture.scope(takes("abc".to_owned())).await, "abc");
    assert_eq!(
        capture.tree_with(&["owned", "length"]),
        "takes internal owned=abc length=3\n"
    );
}

#[test]
fn arguments_are_not_captured_unless_named() {
    let capture = Capture::new();
    capture.in_scope(|| counted(&AtomicU32::new(5)));
    let keys: Vec<_> = capture
        .span("counted")
        .attributes()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "code.file.path",
            "code.function.name",
            "code.line.number",
            "count"
        ]
    );
}

#[test]
fn attributes_are_evaluated_only_when_the_span_is_recorded() {
    use opentelemetry_sdk::trace::Sampler;
    let counter = AtomicU32::new(0);
    counted(&counter);
    let off = Capture::builder()
        .sampler(Sampler::AlwaysOff, Sampling::ParentBasedOff)
        .build();
    off.in_scope(|| counted(&counter));
    assert_eq!(counter.load(Ordering::Relaxed), 0);
    Capture::new().in_scope(|| counted(&counter));
    assert_eq!(counter.load(Ordering::Relaxed), 1);
}

#[test]
fn name_can_be_shown_by_a_cell_that_is_not_sync() {
    #[instrumented(attributes(n = cell.get()))]
    fn celled(cell: &Cell<i64>) -> i64 {
        cell.get()
    }
    let capture = Capture::new();
    assert_eq!(capture.in_scope(|| celled(&Cell::new(4))), 4);
    assert_eq!(capture.tree_with(&["n"]), "celled internal n=4\n");
}
