//! However a request ends: one word for it, its duration once, nothing left under way.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use opentelemetry::trace::Status;
use otel_auto_core::opentelemetry;
use otel_auto_testing::{Capture, MetricPoint, SpanView};
use otel_auto_tower::HttpClientLayer;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use super::support::{Body, client, client_span, get_request, listen, plain, raw, serve};

/// With the gauge, which is off by default.
fn capture() -> Capture {
    Capture::builder()
        .settings(|settings| settings.http.client_active_requests = true)
        .build()
}

/// Span and metric tell the same, and nothing is left under way.
#[track_caller]
fn assert_ended(capture: &Capture, error_type: &str) -> SpanView {
    let span = client_span(capture);
    assert_eq!(span.text("error.type"), error_type, "{:?}", span.status);
    assert_eq!(span.is_error(), !error_type.is_empty());
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(
        (points[0].number(), points[0].get("error.type")),
        (1.0, error_type)
    );
    let active = capture.metric("http.client.active_requests");
    assert_eq!(active.iter().map(MetricPoint::number).sum::<f64>(), 0.0);
    assert!(!active.is_empty());
    span
}

async fn fails(capture: &Capture, url: &str, error_type: &str) -> SpanView {
    let sent = capture.scope(client().oneshot(get_request(url))).await;
    assert!(sent.is_err());
    assert_ended(capture, error_type)
}

/// Takes the connection away, with everything in it.
async fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
}

#[tokio::test]
async fn a_refused_connection_says_so() {
    let capture = capture();
    let (listener, address) = listen().await;
    drop(listener);
    let span = fails(
        &capture,
        &format!("http://{address}/?token=secret"),
        "connection_refused",
    )
    .await;
    let Status::Error { description } = &span.status else {
        panic!("no error")
    };
    assert!(description.contains("refused"), "{description}");
    assert!(!description.contains("secret"));
    assert!(span.get("http.response.status_code").is_none());
}

#[tokio::test]
async fn an_unknown_host_is_a_matter_of_dns() {
    fails(&capture(), "http://does-not-exist.invalid/", "dns").await;
}

#[tokio::test]
async fn a_connection_that_is_reset_says_so() {
    let address = raw(reset).await;
    fails(
        &capture(),
        &format!("http://{address}/"),
        "connection_reset",
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_says_so() {
    let address = raw(async |stream| drop(stream)).await;
    fails(
        &capture(),
        &format!("http://{address}/"),
        "connection_closed",
    )
    .await;
}

#[tokio::test]
async fn an_answer_in_another_language_says_so() {
    let address = raw(async |mut stream: TcpStream| {
        stream.write_all(b"+OK ready\r\n\r\n").await.unwrap();
    })
    .await;
    fails(&capture(), &format!("http://{address}/"), "parse").await;
}

#[tokio::test]
async fn a_stream_of_http_2_that_is_reset_is_a_failed_request() {
    let capture = capture();
    let address = serve(&Capture::new()).await;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let client = HttpClientLayer::new().layer(client);
    let request = get_request(format!("http://{address}/panic"));
    let sent = capture.scope(client.clone().oneshot(request)).await;
    assert!(sent.is_err());
    assert_ended(&capture, "request");
    // The connection is as good as before.
    let request = get_request(format!("http://{address}/any"));
    assert!(capture.scope(client.oneshot(request)).await.is_ok());
}

#[tokio::test]
async fn a_body_that_fails_to_be_sent_says_so() {
    let capture = capture();
    let address = serve(&Capture::new()).await;
    let chunks = stream::iter([
        Ok(Frame::data(Bytes::from("half"))),
        Err(io::Error::other("disk on fire")),
    ]);
    let body: Body = StreamBody::new(chunks).boxed_unsync();
    let request = Request::post(format!("http://{address}/any"))
        .body(body)
        .unwrap();
    let sent = capture.scope(client().oneshot(request)).await;
    assert!(sent.is_err());
    assert_ended(&capture, "body");
}

#[tokio::test]
async fn a_body_that_is_cut_is_no_concern_of_the_span() {
    let capture = capture();
    let address = raw(async |mut stream: TcpStream| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        stream.write_all(head).await.unwrap();
    })
    .await;
    let request = get_request(format!("http://{address}/"));
    let response = capture.scope(client().oneshot(request)).await.unwrap();
    assert_ended(&capture, "");
    assert!(response.into_body().collect().await.is_err());
    assert_ended(&capture, "");
}

#[tokio::test]
async fn a_timeout_inside_is_an_error_and_one_around_is_not() {
    let address = serve(&Capture::new()).await;
    let patience = Duration::from_millis(100);
    let url = format!("http://{address}/slow");

    let capture = capture();
    let inside = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .timeout(patience)
        .service(plain());
    let sent = capture.scope(inside.oneshot(get_request(&url))).await;
    assert!(sent.unwrap_err().is::<tower::timeout::error::Elapsed>());
    assert_ended(&capture, "timeout");

    let capture = self::capture();
    let around = ServiceBuilder::new()
        .timeout(patience)
        .layer(HttpClientLayer::new())
        .service(plain());
    let sent = capture.scope(around.oneshot(get_request(&url))).await;
    assert!(sent.is_err());
    let span = assert_ended(&capture, "");
    assert!(span.duration >= patience);
}

#[tokio::test]
async fn errors_of_other_types_have_their_name_or_none() {
    #[derive(Debug)]
    struct Refusal;

    let capture = self::capture();
    let refuse = service_fn(async |_| Err::<http::Response<()>, _>(Refusal));
    let client = HttpClientLayer::new().layer(refuse);
    assert!(
        capture
            .scope(client.oneshot(get_request("http://a/")))
            .await
            .is_err()
    );
    let span = client_span(&capture);
    assert!(span.text("error.type").ends_with("::Refusal"));

    let capture = self::capture();
    let refuse = service_fn(async |_| Err::<http::Response<()>, _>(BoxError::from("not today")));
    let client = HttpClientLayer::new().layer(refuse);
    assert!(
        capture
            .scope(client.oneshot(get_request("http://a/")))
            .await
            .is_err()
    );
    assert_ended(&capture, "_OTHER");
}

#[tokio::test]
async fn a_service_that_panics_is_recorded_and_panics() {
    let capture = capture();
    let panics =
        service_fn(async |_| -> Result<http::Response<()>, io::Error> { panic!("on purpose") });
    let client = HttpClientLayer::new().layer(panics);
    let sent = capture.scope(client.oneshot(get_request("http://a/")));
    assert!(tokio::spawn(sent).await.unwrap_err().is_panic());
    assert_ended(&capture, "panic");
}

#[tokio::test]
async fn many_requests_given_up_at_random_leave_nothing_behind() {
    let capture = capture();
    let address = serve(&Capture::new()).await;
    let client = client();
    let mut tasks = tokio::task::JoinSet::new();
    for at in 0..100_u64 {
        let path = ["slow", "users/1", "status/500"][usize::try_from(at % 3).unwrap()];
        let request = get_request(format!("http://{address}/{path}"));
        let mut client = client.clone();
        let send = capture.scope(async move { client.ready().await.unwrap().call(request).await });
        let patience = Duration::from_millis(20 + at * 7 % 150);
        tasks.spawn(async move { tokio::time::timeout(patience, send).await.is_ok() });
    }
    tasks.join_all().await;
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points.iter().map(MetricPoint::number).sum::<f64>(), 100.0);
    let active = capture.metric("http.client.active_requests");
    assert_eq!(active.iter().map(MetricPoint::number).sum::<f64>(), 0.0);
    assert_eq!(super::support::clients(&capture).len(), 100);
}
