//! Operations that the settings exclude: nothing is recorded of them, nor of anything inside of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{borrow::Cow, collections::HashMap};

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{SpanKind, TraceContextExt, Tracer},
};
use otel_auto_core::{
    Instrumenter, Matcher, Operation,
    code::Function,
    db::{DbClient, DbRequest},
    http::{HttpClient, HttpClientRequest, HttpServer, HttpServerRequest},
    is_excluded,
    propagation::HeaderExtractor,
};
use otel_auto_testing::Capture;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// A request for this path of `http://shop.example:8080`, in and out.
struct Get(&'static str);

impl HttpServerRequest for Get {
    fn method(&self) -> &str {
        "GET"
    }
    fn path(&self) -> &str {
        self.0
    }
    fn query(&self) -> Option<&str> {
        Some("sig=1")
    }
    fn header(&self, name: &str) -> Option<&str> {
        (name == "host").then_some("shop.example:8080")
    }
}

impl HttpClientRequest for Get {
    fn method(&self) -> &str {
        "GET"
    }
    fn url(&self) -> Cow<'_, str> {
        format!("http://shop.example:8080{}?sig=1", self.0).into()
    }
    fn scheme(&self) -> Option<&str> {
        Some("http")
    }
    fn host(&self) -> Option<&str> {
        Some("shop.example")
    }
    fn port(&self) -> Option<u16> {
        Some(8080)
    }
}

static FUNCTION: Function = Function::new(
    "tests::function",
    "function",
    file!(),
    line!(),
    SpanKind::Internal,
);

fn capture() -> Capture {
    Capture::builder()
        .settings(|settings| {
            settings.http.excluded_urls.all =
                Some(Matcher::new(|url| url.contains(":8080/health?")));
        })
        .build()
}

fn server(capture: &Capture, parent: &Context, path: &'static str) -> Operation<HttpServer> {
    Instrumenter::new(HttpServer::new("test", "0", "tower"))
        .providers(capture.providers())
        .start(parent, &(&Get(path) as _))
}

fn client(parent: &Context, path: &'static str) -> Operation<HttpClient> {
    Instrumenter::new(HttpClient::new("test", "0", "reqwest")).start(parent, &(&Get(path) as _))
}

fn database(parent: &Context) -> Operation<DbClient> {
    Instrumenter::new(DbClient::new("test", "0", "test"))
        .start(parent, &DbRequest::new("redis").operation("GET"))
}

/// All that we record, once each.
fn work() {
    let call = FUNCTION.start(&|_| {});
    call.run(|| {
        client(&Context::current(), "/orders").complete();
        database(&Context::current()).complete();
    });
    call.complete();
}

fn remote(traceparent: &'static str) -> Context {
    let headers = http::HeaderMap::from_iter([(
        http::HeaderName::from_static("traceparent"),
        http::HeaderValue::from_static(traceparent),
    )]);
    otel_auto_core::propagation::Propagation::trace_context()
        .extract(&Context::new(), &HeaderExtractor(&headers))
}

fn injected<I: otel_auto_core::Instrumentation>(operation: &Operation<I>) -> String {
    let mut headers = HashMap::new();
    operation.inject(&mut headers);
    headers.remove("traceparent").unwrap_or_default()
}

fn assert_nothing(capture: &Capture) {
    assert_eq!(capture.tree(), "");
    assert_eq!(capture.metrics(), []);
}

#[test]
fn what_is_not_excluded_is_recorded() {
    let capture = capture();
    let operation = server(&capture, &Context::new(), "/orders");
    assert!(!is_excluded(&operation.context()));
    operation.run(work);
    operation.complete();
    assert_eq!(
        capture.tree(),
        "GET server\n  function internal\n    GET client\n    GET client\n"
    );
}

#[test]
fn an_excluded_request_makes_no_span_and_no_metric_and_neither_does_what_is_inside() {
    let capture = capture();
    let operation = server(&capture, &Context::new(), "/health");
    assert!(!operation.is_live() && !operation.is_off());
    assert!(is_excluded(&operation.context()));
    operation.run(work);
    operation.complete();
    assert_nothing(&capture);
}

#[test]
fn the_service_called_from_inside_is_told_that_the_trace_is_not_sampled() {
    let capture = capture();
    let operation = server(&capture, &remote(SAMPLED), "/health");
    assert_eq!(injected(&operation), UNSAMPLED);
    operation.run(|| {
        let call = client(&Context::current(), "/orders");
        assert_eq!(injected(&call), UNSAMPLED);
    });

    let root = injected(&server(&capture, &Context::new(), "/health"));
    assert!(root.len() == 55 && root.ends_with("-00"), "{root}");
    assert!(!root.contains("-0000000000000000"), "{root}");
    assert_nothing(&capture);
}

#[test]
fn a_task_that_carries_the_context_is_inside() {
    let capture = capture();
    let operation = server(&capture, &Context::new(), "/health");
    let context = operation.context();
    operation.complete();
    std::thread::spawn(move || {
        let _inside = context.attach();
        work();
        FUNCTION.start(&|_| {}).run(work);
    })
    .join()
    .unwrap();
    assert_nothing(&capture);
}

#[test]
fn a_server_inside_of_an_excluded_one_leaves_it_alone() {
    let capture = capture();
    let operation = server(&capture, &Context::new(), "/health");
    operation.run(|| {
        let instrumenter = Instrumenter::new(HttpServer::new("test", "0", "tower"));
        let current = Context::current();
        let ready = instrumenter.ready(&current).unwrap();
        let headers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("traceparent"),
            http::HeaderValue::from_static(SAMPLED),
        )]);
        let parent = ready.extract(&current, &HeaderExtractor(&headers));
        // Another path than the one that is excluded: it is inside nevertheless.
        let inner = ready.start(&parent, &(&Get("/orders") as _));
        assert!(!inner.is_live());
        assert_eq!(injected(&inner), injected(&operation));
        inner.run(work);
    });
    assert_nothing(&capture);
}

#[test]
fn an_excluded_client_passes_the_current_context_on_as_it_is() {
    let capture = capture();
    let work_span = capture.tracer("test").start("work");
    let outer = capture.context().with_span(work_span);
    let call = client(&outer, "/health");
    assert!(!call.is_live());
    let span = outer.span().span_context().clone();
    assert_eq!(
        injected(&call),
        format!("00-{}-{}-01", span.trace_id(), span.span_id())
    );
    call.run(work);
    call.complete();
    // Beside it, all is as ever.
    database(&outer).complete();
    outer.span().end();
    assert_eq!(capture.tree(), "work internal\n  GET client\n");
    let points = capture.metrics();
    assert!(
        points
            .iter()
            .all(|point| point.name == "db.client.operation.duration")
    );
}

#[test]
fn an_instrumentations_own_list_takes_the_place_of_the_general_one() {
    let capture = Capture::builder()
        .settings(|settings| {
            let excluded = &mut settings.http.excluded_urls;
            excluded.all = Some(Matcher::new(|_| true));
            let own = Matcher::exact("http://shop.example:8080/orders?sig=1");
            excluded.by_instrumentation.insert("tower".to_owned(), own);
        })
        .build();
    assert!(!server(&capture, &Context::new(), "/orders").is_live());
    assert!(server(&capture, &Context::new(), "/health").is_live());
    assert!(!client(&capture.context(), "/health").is_live());
}

#[test]
fn an_instrumentation_that_is_off_excludes_nothing() {
    let capture = Capture::builder()
        .settings(|settings| {
            settings.http.excluded_urls.all = Some(Matcher::new(|_| true));
            settings.instrumentations.disable("tower");
        })
        .build();
    let operation = server(&capture, &remote(SAMPLED), "/health");
    operation.run(|| database(&Context::current()).complete());
    assert_eq!(capture.spans().len(), 1);
    assert_eq!(capture.spans()[0].trace_id.to_string(), TRACE);
}

#[test]
fn a_server_inside_of_another_does_not_take_its_parent_from_the_headers_again() {
    let capture = capture();
    let outer = server(&capture, &remote(SAMPLED), "/orders");
    outer.run(|| {
        let instrumenter = Instrumenter::new(HttpServer::new("test", "0", "tower"));
        let current = Context::current();
        let ready = instrumenter.ready(&current).unwrap();
        let headers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("traceparent"),
            http::HeaderValue::from_static(SAMPLED),
        )]);
        let parent = ready.extract(&current, &HeaderExtractor(&headers));
        let inner = ready.start(&parent, &(&Get("/orders") as _));
        inner.run(|| database(&Context::current()).complete());
    });
    outer.complete();
    assert_eq!(capture.tree(), "GET server\n  GET client\n");
}

#[cfg(feature = "tracing")]
mod bridged {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::SpanBuilder;
    use otel_auto_core::{BridgedSpan, Providers, SpanBridge, propagation::Propagation};

    use super::*;

    type Made = Arc<Mutex<Vec<(String, SpanKind, bool)>>>;

    struct Noting(Made);

    impl SpanBridge for Noting {
        fn start(
            &self,
            _: InstrumentationScope,
            builder: &mut SpanBuilder,
            parent: &Context,
        ) -> Option<(Context, BridgedSpan)> {
            assert!(builder.attributes.is_none());
            let kind = builder.span_kind.clone().unwrap();
            let made = (builder.name.to_string(), kind, is_excluded(parent));
            self.0.lock().unwrap().push(made);
            Some((parent.clone(), BridgedSpan::new(tracing::Span::none())))
        }
    }

    #[test]
    fn what_is_spawned_by_the_means_of_the_bridge_is_inside_too() {
        let made = Made::default();
        let capture = capture();
        let providers = Providers::builder()
            .tracer_provider(capture.tracer_provider().clone())
            .propagation(Propagation::trace_context())
            .bridge(Noting(Arc::clone(&made)))
            .settings(capture.providers().settings().clone())
            .build();
        let operation = Instrumenter::new(HttpServer::new("test", "0", "tower"))
            .providers(providers)
            .start(&remote(SAMPLED), &(&Get("/health") as _));
        assert_eq!(injected(&operation), UNSAMPLED);
        operation.run(work);
        operation.complete();
        assert_eq!(capture.tree(), "");
        assert_eq!(
            *made.lock().unwrap(),
            [("excluded".to_owned(), SpanKind::Server, true)]
        );
    }
}
