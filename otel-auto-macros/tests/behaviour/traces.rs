//! Where a call stands: traces of its own, links, functions that are muted.

use otel_auto_core::{
    FunctionPaths, Sampling,
    opentelemetry::{
        Context, KeyValue, TraceFlags,
        baggage::BaggageExt,
        trace::{SpanContext, TraceContextExt, TraceState},
    },
};
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented]
fn leaf() {}

#[instrumented(parent = none)]
fn rooted() -> Option<String> {
    leaf();
    Context::current()
        .baggage()
        .get("tenant")
        .map(ToString::to_string)
}

#[instrumented]
fn outer() -> Option<String> {
    rooted()
}

#[instrumented(parent = none, links = causes.iter())]
async fn batch(causes: Vec<Context>) -> usize {
    leaf();
    causes.len()
}

#[instrumented(links = [cause])]
fn single(cause: &SpanContext) {}

#[instrumented(links = cause)]
fn perhaps(cause: Option<&SpanContext>) {}

#[instrumented]
fn cause() -> Context {
    Context::current()
}

#[test]
fn call_without_a_parent_starts_a_trace_and_keeps_baggage() {
    let capture = Capture::new();
    let context = capture
        .context()
        .with_baggage([KeyValue::new("tenant", "blue")]);
    let _guard = context.attach();
    assert_eq!(outer().as_deref(), Some("blue"));
    let (outer, rooted, leaf) = (
        capture.span("outer"),
        capture.span("rooted"),
        capture.span("leaf"),
    );
    assert_ne!(outer.trace_id, rooted.trace_id);
    assert_eq!(leaf.data.parent_span_id, rooted.data.span_context.span_id());
}

#[test]
fn call_without_a_parent_is_recorded_below_one_that_is_not_sampled() {
    use opentelemetry_sdk::trace::Sampler;
    let capture = Capture::builder()
        .sampler(
            Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
            Sampling::ParentBased,
        )
        .build();
    let unsampled = SpanContext::new(
        1_u128.into(),
        1_u64.into(),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    let context = capture.context().with_remote_span_context(unsampled);
    let _guard = context.attach();
    outer();
    assert_eq!(capture.tree(), "rooted internal\n  leaf internal\n");
}

#[tokio::test]
async fn links_are_taken_from_contexts_and_span_contexts() {
    let capture = Capture::new();
    let causes: Vec<_> = (0..2).map(|_| capture.in_scope(cause)).collect();
    let first = causes[0].span().span_context().clone();
    let mut with_none = causes.clone();
    with_none.push(Context::new());
    assert_eq!(capture.scope(batch(with_none)).await, 3);
    capture.in_scope(|| single(&first));
    capture.in_scope(|| perhaps(None));
    let linked = |name: &str| -> Vec<_> {
        let links = capture.span(name).data.links.links;
        links
            .iter()
            .map(|link| link.span_context.span_id())
            .collect()
    };
    let of_causes: Vec<_> = causes
        .iter()
        .map(|cause| cause.span().span_context().span_id())
        .collect();
    assert_eq!(linked("batch"), of_causes);
    assert_eq!(linked("single"), [first.span_id()]);
    assert!(linked("perhaps").is_empty());
}

#[test]
fn muted_functions_record_nothing_and_what_they_call_does() {
    let muted = |paths: &[&str]| {
        let paths = FunctionPaths::new(paths.iter().copied());
        Capture::builder()
            .settings(|settings| settings.muted_functions = paths)
            .build()
    };
    // The answer is kept per function: other providers give another one.
    for _ in 0..2 {
        let capture = muted(&["behaviour::traces::outer"]);
        capture.in_scope(|| (outer(), outer()));
        let once = "rooted internal\n  leaf internal\n";
        assert_eq!(capture.tree(), format!("{once}{once}"));
        let capture = muted(&["behaviour::traces::*"]);
        capture.in_scope(outer);
        assert_eq!(capture.tree(), "");
        let capture = muted(&["elsewhere::*"]);
        capture.in_scope(leaf);
        assert_eq!(capture.tree(), "leaf internal\n");
    }
}
