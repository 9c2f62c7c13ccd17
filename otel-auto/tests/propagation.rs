//! Work that is handed over stays in its trace: tasks, threads, runtimes, closures, streams, channels, carriers.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{collections::HashMap, sync::mpsc, thread, time::Duration};

use futures_util::{StreamExt, stream};
use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    baggage::BaggageExt,
    trace::{FutureExt, SpanContext, TraceContextExt, Tracer, TracerProvider},
};
use otel_auto::{
    InTrace, StreamInTrace, Traced, extract, in_trace, inject,
    propagation::{FieldsExtractor, FieldsInjector, HeaderExtractor, HeaderInjector},
};
use otel_auto_core::Providers;
use otel_auto_testing::{Capture, SpanView};

/// A span below whatever is current here.
fn child(name: &'static str) {
    let context = Context::current();
    let Some(providers) = context.get::<Tracing>() else {
        panic!("not in the trace: {name}");
    };
    providers.0.in_span(name, |_| ());
}

/// The tracer for children, taken along in the context.
struct Tracing(opentelemetry_sdk::trace::SdkTracer);

/// A capture, and the context of a span in it that ends when the context is gone.
fn parent() -> (Capture, Context) {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("test");
    let span = tracer.start("parent");
    let context = capture
        .context()
        .with_span(span)
        .with_value(Tracing(tracer));
    (capture, context)
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// What is linked to by a span.
fn links(span: &SpanView) -> Vec<SpanContext> {
    let links = span.data.links.iter();
    links.map(|link| link.span_context.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_threads_and_runtimes_keep_their_parent() {
    let (capture, context) = parent();
    let (task, blocking, thread, runtime) = {
        let _attached = context.clone().attach();
        thread::scope(|scope| {
            scope.spawn(in_trace(|| child("scoped thread")));
        });
        let future = async {
            tokio::task::yield_now().await;
            child("other runtime");
        }
        .in_trace();
        (
            otel_auto::spawn(async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                child("task");
            }),
            otel_auto::spawn_blocking(|| child("blocking")),
            otel_auto::spawn_thread(|| child("thread")),
            thread::spawn(move || current_thread().block_on(future)),
        )
    };
    task.await.unwrap();
    blocking.await.unwrap();
    thread.join().unwrap();
    runtime.join().unwrap();
    let id = context.span().span_context().span_id();
    let spans = capture.spans();
    assert_eq!(spans.len(), 5);
    assert!(
        spans.iter().all(|span| span.parent == id),
        "{}",
        capture.tree()
    );
    assert!(
        !Context::current().has_active_span(),
        "nothing is left attached"
    );
}

#[test]
fn a_closure_gives_back_its_value_and_the_threads_own_context() {
    let (_capture, context) = parent();
    let work = {
        let _attached = context.attach();
        in_trace(|| Context::current().has_active_span())
    };
    assert!(work());
    assert!(!Context::current().has_active_span());
    let panics = in_trace(|| panic!("on purpose"));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics));
    assert!(caught.is_err());
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn a_stream_works_in_its_trace_and_its_items_are_used_outside() {
    let (capture, context) = parent();
    let numbers = {
        let _attached = context.clone().attach();
        stream::iter(0..3)
            .then(async |number| {
                tokio::task::yield_now().await;
                child("fetch");
                number
            })
            .in_trace()
    };
    let used = tokio::spawn(
        numbers
            .map(|number| {
                assert!(!Context::current().has_active_span());
                number
            })
            .collect::<Vec<_>>(),
    );
    assert_eq!(used.await.unwrap(), [0, 1, 2]);
    let id = context.span().span_context().span_id();
    assert_eq!(capture.spans().len(), 3);
    assert!(capture.spans().iter().all(|span| span.parent == id));
}

#[tokio::test]
async fn a_value_through_a_channel_is_worked_on_below_its_sender() {
    let (capture, context) = parent();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let worker = tokio::spawn(async move {
        while let Some(traced) = receiver.recv().await {
            let (name, sent) = Traced::open(traced);
            sent.scope("work", async {
                tokio::task::yield_now().await;
                child(name);
            })
            .await;
            assert!(!Context::current().has_active_span());
        }
    });
    let send = async { sender.send(Traced::new("step")).await.unwrap() };
    send.with_context(context.clone()).await;
    drop(sender);
    worker.await.unwrap();
    context.span().end();
    assert_eq!(
        capture.tree_with(&["code.file.path"]),
        "parent internal\n  work internal code.file.path=otel-auto/tests/propagation.rs\n    step internal\n"
    );
    assert!(!capture.span("work").remote_parent);
    assert!(links(&capture.span("work")).is_empty());
}

#[test]
fn a_value_through_a_channel_of_threads_too() {
    let (capture, context) = parent();
    let (sender, receiver) = mpsc::channel::<Traced<&str>>();
    let worker = thread::spawn(move || {
        for traced in receiver {
            let (name, sent) = traced.open();
            assert_eq!(sent.run("work", || child(name)), ());
        }
    });
    {
        let _attached = context.clone().attach();
        sender.send(Traced::new("step")).unwrap();
    }
    drop(sender);
    worker.join().unwrap();
    context.span().end();
    assert_eq!(
        capture.tree(),
        "parent internal\n  work internal\n    step internal\n"
    );
}

#[test]
fn a_second_delivery_is_a_trace_of_its_own_that_links_to_the_sender() {
    let (capture, context) = parent();
    let traced = Traced::with_context(7, &context);
    let sender = context.span().span_context().clone();
    let tracer = || Tracing(capture.tracer_provider().tracer("test"));
    let (value, first) = traced.clone().open();
    assert_eq!(value, 7);
    assert_eq!(first.link(), None);
    assert_eq!(first.context().span().span_context(), &sender);
    first.run("first", || child("below first"));
    for attempt in ["second", "third"] {
        let (_, again) = traced.clone().open();
        assert_eq!(again.link(), Some(&sender));
        assert!(!again.context().span().span_context().is_valid());
        again.run(attempt, || {
            let _attached = Context::current_with_value(tracer()).attach();
            child("below again");
        });
    }
    assert_eq!(capture.span("first").parent, sender.span_id());
    for attempt in ["second", "third"] {
        let span = capture.span(attempt);
        assert_eq!(span.parent, opentelemetry::SpanId::INVALID);
        assert_ne!(span.trace_id, sender.trace_id());
        assert_eq!(links(&span), std::slice::from_ref(&sender));
        let below = capture
            .spans()
            .into_iter()
            .find(|below| below.parent == span.span_id);
        assert_eq!(below.unwrap().name, "below again");
    }
}

#[test]
fn a_queue_that_knows_says_that_it_delivers_again() {
    let (capture, context) = parent();
    let mut headers = Vec::new();
    {
        let _attached = context.clone().attach();
        inject(&mut FieldsInjector(&mut headers));
    }
    let sender = capture.in_scope(|| extract(&FieldsExtractor(&headers)));
    let (job, sent) = Traced::with_context("job", &sender).redelivered().open();
    sent.run(job, || ());
    let span = capture.span("job");
    let links = links(&span);
    assert_eq!(links.len(), 1);
    let wanted = context.span().span_context().clone();
    assert_eq!(
        links.first().map(SpanContext::span_id),
        Some(wanted.span_id())
    );
    assert!(links.first().is_some_and(SpanContext::is_remote));
    assert_ne!(span.trace_id, wanted.trace_id());
}

#[test]
fn a_value_that_waits_does_not_keep_its_senders_span_open() {
    let (capture, context) = parent();
    let traced = Traced::with_context((), &context);
    drop(context);
    assert_eq!(capture.span("parent").name, "parent");
    drop(traced);
}

#[tokio::test]
async fn work_that_is_dropped_is_cancelled_and_work_that_panics_has_panicked() {
    let (capture, context) = parent();
    let ((), sent) = Traced::with_context((), &context).open();
    let work = sent.scope("dropped", std::future::pending::<()>());
    assert!(
        tokio::time::timeout(Duration::from_millis(5), work)
            .await
            .is_err()
    );
    let span = capture.span("dropped");
    assert_eq!(span.text("error.type"), "cancelled");
    assert!(!span.is_error());
    let work = tokio::spawn(sent.scope("panicked", async { panic!("on purpose") }));
    assert!(work.await.unwrap_err().is_panic());
    let span = capture.span("panicked");
    assert_eq!(span.text("error.type"), "panic");
    assert!(span.is_error());
}

#[test]
fn a_value_of_no_trace_has_no_parent_and_no_link() {
    let capture = Capture::new();
    let traced = capture.in_scope(|| Traced::new(()));
    for _ in 0..2 {
        let ((), sent) = traced.clone().open();
        sent.run("work", || ());
        assert_eq!(sent.link(), None);
    }
    for span in capture.spans() {
        assert_eq!(span.parent, opentelemetry::SpanId::INVALID);
        assert!(links(&span).is_empty());
    }
    assert_eq!(capture.spans().len(), 2);
}

#[test]
fn every_carrier_takes_the_current_context_along_and_gives_it_back() {
    let (capture, context) = parent();
    let wanted = context.span().span_context().span_id();
    let (mut map, mut list) = (
        HashMap::new(),
        vec![("TraceState".to_owned(), "a=1".to_owned())],
    );
    let mut headers = HeaderMap::new();
    {
        let _attached = context.attach();
        inject(&mut map);
        inject(&mut FieldsInjector(&mut list));
        inject(&mut HeaderInjector(&mut headers));
    }
    assert_eq!(list.len(), 1, "what is stale is gone: {list:?}");
    capture.in_scope(|| {
        let all = [
            extract(&map),
            extract(&FieldsExtractor(&list)),
            extract(&HeaderExtractor(&headers)),
        ];
        for context in all {
            let span = context.span().span_context().clone();
            assert_eq!((span.span_id(), span.is_remote()), (wanted, true));
        }
    });
}

#[test]
fn what_strangers_write_is_bounded_and_what_is_malformed_is_absent() {
    let capture = Capture::new();
    capture.in_scope(|| {
        for hostile in ["", "00", &"0".repeat(1 << 20), "00-0-0-0"] {
            let fields = vec![("traceparent".to_owned(), hostile.to_owned()); 1_000];
            let context = extract(&FieldsExtractor(&fields));
            assert!(!context.span().span_context().is_valid());
        }
    });
}

#[test]
fn nothing_is_written_where_telemetry_is_suppressed() {
    let (_capture, context) = parent();
    let _attached = context.with_telemetry_suppressed().attach();
    let mut map = HashMap::new();
    inject(&mut map);
    assert!(map.is_empty());
}

#[test]
fn baggage_goes_along_with_a_value_both_times() {
    let (_capture, context) = parent();
    let context = context.with_baggage([KeyValue::new("tenant", "blue")]);
    let traced = Traced::with_context((), &context);
    for _ in 0..2 {
        let ((), sent) = traced.clone().open();
        let tenant = sent.run("work", || {
            Context::current()
                .baggage()
                .get("tenant")
                .map(ToString::to_string)
        });
        assert_eq!(tenant.as_deref(), Some("blue"));
        assert!(Providers::of(sent.context()).is_some());
    }
}
