//! Where a span stands in its trace, and what goes out in the headers.

use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_core::opentelemetry;
use otel_auto_testing::Capture;
use tower::ServiceExt;

use super::support::{client, client_span, clients, get_request, serve, text, wait_for};

const STALE: &str = "00-11111111111111111111111111111111-1111111111111111-01";

#[tokio::test]
async fn client_and_server_are_one_trace_below_the_caller() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let request = get_request(format!("http://{address}/users/7"));
    let send = async { client().oneshot(request).await };
    send.with_context(context.clone()).await.unwrap();
    context.span().end();
    wait_for(&capture, 3).await;
    assert_eq!(
        capture.tree(),
        "work internal\n  GET client\n    GET /users/{id} server\n"
    );
}

#[tokio::test]
async fn stale_headers_are_replaced() {
    let capture = Capture::new();
    let address = serve(&Capture::new()).await;
    let mut request = get_request(format!("http://{address}/headers"));
    request
        .headers_mut()
        .append("traceparent", STALE.parse().unwrap());
    request
        .headers_mut()
        .append("traceparent", STALE.parse().unwrap());
    request
        .headers_mut()
        .insert("tracestate", "stale=1".parse().unwrap());
    let response = capture.scope(client().oneshot(request)).await.unwrap();
    let span = client_span(&capture);
    let wanted = format!("00-{}-{}-01||", span.trace_id, span.span_id);
    assert_eq!(text(response).await, wanted);
}

#[tokio::test]
async fn a_suppressed_context_sends_nothing_and_records_nothing() {
    let capture = Capture::new();
    let address = serve(&Capture::new()).await;
    let request = get_request(format!("http://{address}/headers"));
    let context = capture.context().with_telemetry_suppressed();
    // Made inside, for the layer starts when it is called.
    let send = async { client().oneshot(request).await };
    let response = send.with_context(context).await.unwrap();
    assert_eq!(text(response).await, "||");
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn switched_off_it_makes_no_span_and_passes_the_context_on() {
    let capture = Capture::builder()
        .settings(|settings| settings.instrumentations.disable("tower_client"))
        .build();
    let address = serve(&Capture::new()).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let request = get_request(format!("http://{address}/headers"));
    let send = async { client().oneshot(request).await };
    let response = send.with_context(context.clone()).await.unwrap();
    let parent = context.span().span_context().clone();
    let wanted = format!("00-{}-{}-01||", parent.trace_id(), parent.span_id());
    assert_eq!(text(response).await, wanted);
    assert!(clients(&capture).is_empty());
}
