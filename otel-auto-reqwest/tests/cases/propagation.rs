//! Where a span stands in its trace, and what goes out in the headers.
use super::common::{client, client_span, clients, serve, wait_for};
use crate::subject::RequestBuilderExt;
use opentelemetry::{
    Context, KeyValue,
    baggage::BaggageExt,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use opentelemetry_sdk::{propagation::BaggagePropagator, trace::Sampler};
use otel_auto_core::{Providers, Sampling, opentelemetry, propagation::Propagation};
use otel_auto_testing::Capture;

const STALE: &str = "00-11111111111111111111111111111111-1111111111111111-01";

#[tokio::test]
async fn client_and_server_are_one_trace() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let send = async {
        client()
            .get(base.url("/users/7"))
            .url_template("/users/{id}")
            .send_traced()
            .await
    };
    send.with_context(context.clone()).await.unwrap();
    context.span().end();
    drop(context);
    wait_for(&capture, 3).await;
    assert_eq!(
        capture.tree(),
        "work internal\n  GET /users/{id} client\n    GET /users/{id} server\n"
    );
    let server = capture
        .spans()
        .into_iter()
        .find(|span| span.scope == "otel-auto-tower")
        .unwrap();
    assert!(server.remote_parent);
}

#[tokio::test]
async fn the_hops_of_a_redirect_are_children_of_one_span() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let response = capture
        .scope(async { client().get(base.url("/redirect")).send_traced().await })
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "user 1");
    wait_for(&capture, 3).await;
    let wanted = format!(
        "GET client url.full={} http.response.status_code=200\n  \
           GET /redirect server http.response.status_code=303\n  \
           GET /users/{{id}} server http.response.status_code=200\n",
        base.url("/redirect"),
    );
    assert_eq!(
        capture.tree_with(&["url.full", "http.response.status_code"]),
        wanted
    );
}

#[tokio::test]
async fn a_spawned_request_keeps_the_parent_of_the_place_where_it_was_sent() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let task = {
        let _guard = context.clone().attach();
        tokio::spawn(client().get(base.url("/users/7")).send_traced())
    };
    task.await.unwrap().unwrap();
    assert_eq!(
        client_span(&capture).parent,
        context.span().span_context().span_id()
    );
}

#[tokio::test]
async fn stale_headers_are_replaced() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let send = async {
        let request = client()
            .get(base.url("/headers"))
            .header("traceparent", STALE)
            .header("tracestate", "stale=1");
        request.send_traced().await.unwrap().text().await
    };
    let headers = capture.scope(send).await.unwrap();
    let span = client_span(&capture);
    assert_eq!(
        headers,
        format!("00-{}-{}-01||", span.trace_id, span.span_id)
    );
}

#[tokio::test]
async fn baggage_goes_along_and_replaces_what_was_there() {
    let base = serve(&Capture::new()).await;
    let propagation = Propagation::trace_context().and(BaggagePropagator::new());
    let providers = Providers::builder().propagation(propagation).build();
    let context = providers
        .scoped(&Context::current())
        .with_baggage([KeyValue::new("tenant", "blue")]);
    let send = async {
        let request = client()
            .get(base.url("/headers"))
            .header("baggage", "tenant=red");
        request.send_traced().await.unwrap().text().await
    };
    let headers = send.with_context(context).await.unwrap();
    assert_eq!(headers, "||tenant=blue");
}

#[tokio::test]
async fn a_suppressed_context_sends_nothing_and_records_nothing() {
    let capture = Capture::new();
    let base = serve(&Capture::new()).await;
    let context = capture.context().with_telemetry_suppressed();
    let send = async {
        client()
            .get(base.url("/headers"))
            .send_traced()
            .await
            .unwrap()
            .text()
            .await
    };
    assert_eq!(send.with_context(context).await.unwrap(), "||");
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn an_unsampled_request_is_measured_and_says_that_it_is_unsampled() {
    let capture = Capture::builder()
        .sampler(Sampler::AlwaysOff, Sampling::Ask)
        .build();
    let base = serve(&Capture::new()).await;
    let send = async {
        client()
            .get(base.url("/headers"))
            .send_traced()
            .await
            .unwrap()
            .text()
            .await
    };
    let headers = capture.scope(send).await.unwrap();
    assert!(
        headers.starts_with("00-") && headers.ends_with("-00||"),
        "{headers}"
    );
    assert!(clients(&capture).is_empty());
    assert_eq!(capture.metric("http.client.request.duration").len(), 1);
}

#[tokio::test]
async fn switched_off_it_makes_no_span_and_passes_the_context_on() {
    let capture = Capture::builder()
        .settings(|settings| settings.instrumentations.disable("reqwest"))
        .build();
    let base = serve(&Capture::new()).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let send = async {
        client()
            .get(base.url("/headers"))
            .send_traced()
            .await
            .unwrap()
            .text()
            .await
    };
    let headers = send.with_context(context.clone()).await.unwrap();
    let parent = context.span().span_context().clone();
    assert_eq!(
        headers,
        format!("00-{}-{}-01||", parent.trace_id(), parent.span_id())
    );
    assert!(clients(&capture).is_empty());
    assert!(!Context::current().has_active_span());
}
