//! The life of an operation: it ends exactly once, however it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{future::pending, panic::AssertUnwindSafe, time::Duration};

use opentelemetry::{Context, trace::TraceContextExt};
use opentelemetry_sdk::trace::Sampler;
use otel_auto_core::{
    Failure, Instrumenter, Operation, Providers, Sampling,
    db::{DbClient, DbRequest},
    http::{HttpServer, HttpServerRequest, Version},
    propagation::HeaderExtractor,
    publish_route,
};
use otel_auto_testing::Capture;

fn server() -> Instrumenter<HttpServer> {
    Instrumenter::new(HttpServer::new("test", "0", "tower"))
}

fn database() -> Instrumenter<DbClient> {
    Instrumenter::new(DbClient::new("test", "0", "test"))
}

struct Get(&'static str);

impl HttpServerRequest for Get {
    fn method(&self) -> &str {
        self.0
    }
    fn path(&self) -> &str {
        "/users/7"
    }
    fn header(&self, _: &str) -> Option<&str> {
        None
    }
    fn version(&self) -> Option<Version> {
        Some(Version::Http11)
    }
}

fn start(capture: &Capture) -> Operation<HttpServer> {
    server()
        .providers(capture.providers())
        .start(&Context::new(), &(&Get("GET") as _))
}

fn active(capture: &Capture) -> f64 {
    capture
        .metric("http.server.active_requests")
        .iter()
        .map(otel_auto_testing::MetricPoint::number)
        .sum()
}

fn durations(capture: &Capture) -> Vec<(f64, String)> {
    capture
        .metric("http.server.request.duration")
        .iter()
        .map(|point| (point.number(), point.get("error.type").to_owned()))
        .collect()
}

#[test]
fn a_completed_operation_ends_with_its_status() {
    let capture = Capture::new();
    let mut operation = start(&capture);
    assert_eq!(active(&capture), 1.0);
    operation.state().unwrap().status(200);
    operation.complete();
    assert_eq!(
        capture.tree_with(&["http.response.status_code"]),
        "GET server http.response.status_code=200\n"
    );
    assert_eq!(
        (active(&capture), durations(&capture)),
        (0.0, vec![(1.0, String::new())])
    );
}

#[test]
fn a_dropped_operation_was_cancelled() {
    let capture = Capture::new();
    drop(start(&capture));
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "GET server error error.type=cancelled\n"
    );
    assert_eq!(
        (active(&capture), durations(&capture)),
        (0.0, vec![(1.0, "cancelled".to_owned())])
    );
}

#[test]
fn an_operation_that_unwinds_has_panicked_even_if_it_is_dropped_later() {
    let capture = Capture::new();
    let operation = start(&capture);
    let caught =
        std::panic::catch_unwind(AssertUnwindSafe(|| operation.run(|| panic!("on purpose"))));
    assert!(caught.is_err());
    assert!(capture.spans().is_empty());
    drop(operation);
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "GET server error error.type=panic\n"
    );
    assert_eq!(
        (active(&capture), durations(&capture)),
        (0.0, vec![(1.0, "panic".to_owned())])
    );
}

#[test]
fn an_operation_that_is_dropped_while_another_panic_unwinds_was_cancelled() {
    let capture = Capture::new();
    let operation = start(&capture);
    let caught = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _operation = operation;
        panic!("on purpose");
    }));
    assert!(caught.is_err());
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "GET server error error.type=cancelled\n"
    );
}

#[test]
fn a_failed_operation_has_the_failures_type() {
    let capture = Capture::new();
    start(&capture).fail(Failure::new("body_error"));
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "GET server error error.type=body_error\n"
    );
}

#[test]
fn an_unknown_method_is_other_on_span_and_metrics() {
    let capture = Capture::new();
    server()
        .providers(capture.providers())
        .start(&Context::new(), &(&Get("FOO") as _))
        .complete();
    assert_eq!(
        capture.tree_with(&["http.request.method", "http.request.method_original"]),
        "HTTP server http.request.method=_OTHER http.request.method_original=FOO\n"
    );
    assert_eq!(
        capture.metric("http.server.request.duration")[0].get("http.request.method"),
        "_OTHER"
    );
}

#[test]
fn a_route_that_is_published_inside_renames_the_span_and_splits_the_metric() {
    let capture = Capture::new();
    let operation = start(&capture);
    operation.run(|| publish_route("/users/{id}"));
    operation.complete();
    assert_eq!(
        capture.tree_with(&["http.route"]),
        "GET /users/{id} server http.route=/users/{id}\n"
    );
    assert_eq!(
        capture.metric("http.server.request.duration")[0].get("http.route"),
        "/users/{id}"
    );
}

#[test]
fn an_inner_operation_with_the_same_key_makes_no_second_span() {
    let capture = Capture::new();
    let outer = start(&capture);
    outer.run(|| {
        let inner = server().start(&Context::current(), &(&Get("GET") as _));
        assert!(!inner.is_live());
        assert_eq!(
            inner.context().span().span_context(),
            Context::current().span().span_context()
        );
        database()
            .start(
                &Context::current(),
                &DbRequest::new("redis").operation("GET"),
            )
            .complete();
    });
    outer.complete();
    assert_eq!(capture.tree(), "GET server\n  GET client\n");
    assert_eq!(durations(&capture).len(), 1);
}

#[test]
fn a_suppressed_context_makes_nothing_at_all() {
    let capture = Capture::new();
    capture.in_scope(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        database()
            .start(
                &Context::current(),
                &DbRequest::new("redis").operation("GET"),
            )
            .complete();
    });
    assert!(capture.spans().is_empty());
    assert!(capture.metrics().is_empty());
}

#[test]
fn an_instrumentation_that_is_switched_off_makes_nothing_but_passes_the_context_on() {
    let capture = Capture::builder()
        .settings(|settings| {
            settings.instrumentations.disable("tower");
        })
        .build();
    let mut headers = http::HeaderMap::new();
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    headers.insert("traceparent", http::HeaderValue::from_static(traceparent));
    let instrumenter = server().providers(capture.providers());
    let ready = instrumenter.ready(&Context::new()).unwrap();
    let parent = ready.extract(&Context::new(), &HeaderExtractor(&headers));
    let operation = ready.start(&parent, &(&Get("GET") as _));
    let mut out = std::collections::HashMap::new();
    operation.run(|| {
        database()
            .start(
                &Context::current(),
                &DbRequest::new("redis").operation("GET"),
            )
            .complete();
    });
    operation.inject(&mut out);
    operation.complete();
    assert_eq!(out["traceparent"], traceparent);
    let span = capture.span("GET");
    assert_eq!(
        span.trace_id.to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert!(capture.metric("http.server.request.duration").is_empty());
}

#[test]
fn below_an_unsampled_parent_nothing_is_recorded_but_metrics_are() {
    let capture = Capture::builder()
        .sampler(
            Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
            Sampling::ParentBasedOff,
        )
        .build();
    let operation = start(&capture);
    assert!(!operation.is_recording());
    let context = operation.context();
    assert!(
        context.span().span_context().is_valid() && !context.span().span_context().is_sampled()
    );
    operation.run(|| {
        let inner = database().start(
            &Context::current(),
            &DbRequest::new("redis").operation("GET"),
        );
        assert_eq!(
            inner.context().span().span_context(),
            context.span().span_context()
        );
        inner.complete();
    });
    operation.complete();
    assert!(capture.spans().is_empty());
    assert_eq!(durations(&capture).len(), 1);
    assert_eq!(capture.metric("db.client.operation.duration").len(), 1);
    assert_eq!(active(&capture), 0.0);
}

#[test]
fn an_instrumenter_older_than_its_providers_works_and_works_again_with_others() {
    // The only test of this file that touches the process's providers.
    let instrumenter = server();
    assert!(
        !instrumenter
            .start(&Context::new(), &(&Get("GET") as _))
            .is_live()
    );
    let first = Capture::new();
    first.providers().install();
    instrumenter
        .start(&Context::new(), &(&Get("GET") as _))
        .complete();
    let second = Capture::new();
    second.providers().install();
    instrumenter
        .start(&Context::new(), &(&Get("PUT") as _))
        .complete();
    Providers::uninstall();
    assert!(
        !instrumenter
            .start(&Context::new(), &(&Get("GET") as _))
            .is_live()
    );
    assert_eq!(
        (first.tree(), second.tree()),
        ("GET server\n".to_owned(), "PUT server\n".to_owned())
    );
}

#[tokio::test]
async fn a_future_is_polled_inside_and_ends_its_operation() {
    let capture = Capture::new();
    let operation = start(&capture);
    let future = operation.future(
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            database()
                .start(
                    &Context::current(),
                    &DbRequest::new("redis").operation("SET"),
                )
                .complete();
            7
        },
        |operation, output| {
            assert_eq!(*output, 7);
            operation.complete();
        },
    );
    assert_eq!(future.await, 7);
    assert_eq!(capture.tree(), "GET server\n  SET client\n");
    let span = capture.span("GET");
    assert!(span.duration >= Duration::from_millis(20));
    let recorded = capture.metric("http.server.request.duration")[0].sum();
    assert!(
        (recorded - span.duration.as_secs_f64()).abs() < 1e-6,
        "{recorded} {:?}",
        span.duration
    );
}

#[tokio::test]
async fn a_future_that_is_dropped_ends_with_its_real_duration() {
    let capture = Capture::new();
    let future = start(&capture).future(pending::<()>(), |operation, ()| operation.complete());
    assert!(
        tokio::time::timeout(Duration::from_millis(50), future)
            .await
            .is_err()
    );
    let span = capture.span("GET");
    assert_eq!(span.text("error.type"), "cancelled");
    assert!(span.duration >= Duration::from_millis(50));
}

#[test]
fn a_call_that_is_told_of_afterwards_starts_when_it_did() {
    let capture = Capture::new();
    capture.in_scope(|| {
        let context = Context::current();
        let ready = database().ready(&context).unwrap();
        ready
            .start_ago(
                Duration::from_millis(300),
                &context,
                &DbRequest::new("sqlite"),
            )
            .complete();
    });
    let span = capture.span("sqlite");
    assert!(span.duration >= Duration::from_millis(300) && span.duration < Duration::from_secs(10));
}

#[test]
fn no_attribute_is_written_twice() {
    let capture = Capture::new();
    let mut operation = start(&capture);
    operation.state().unwrap().status(500);
    operation.run(|| publish_route("/x"));
    operation.complete();
    let keys: Vec<_> = capture
        .span("GET /x")
        .attributes()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    let mut unique = keys.clone();
    unique.dedup();
    assert_eq!(keys, unique);
}

#[test]
fn providers_know_which_instrumentations_have_met_an_operation() {
    let capture = Capture::new();
    assert!(capture.providers().used().is_empty());
    start(&capture).complete();
    start(&capture).complete();
    assert_eq!(capture.providers().used(), ["tower"]);
}
