//! Bodies that end an operation, however they are polled.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context as Task, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use opentelemetry::Context;
use otel_auto_core::{
    Instrumenter, Operation, OperationBody,
    http::{HttpServer, HttpServerRequest},
};
use otel_auto_testing::Capture;

struct Get;

impl HttpServerRequest for Get {
    fn method(&self) -> &str {
        "GET"
    }
    fn path(&self) -> &str {
        "/"
    }
    fn header(&self, _: &str) -> Option<&str> {
        None
    }
}

/// Gives what it was given, and then nothing, however often it is asked.
struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn capture() -> Capture {
    Capture::builder()
        .settings(|settings| settings.http.body_sizes = true)
        .build()
}

fn body(
    capture: &Capture,
    length: Option<&'static str>,
    frames: impl IntoIterator<Item = Result<Frame<Bytes>, &'static str>>,
) -> OperationBody<Frames, HttpServer> {
    let operation: Operation<HttpServer> = Instrumenter::new(HttpServer::new("test", "0", "tower"))
        .providers(capture.providers())
        .start(&Context::new(), &(&Get as _));
    let mut headers = HeaderMap::new();
    if let Some(length) = length {
        headers.insert("content-length", HeaderValue::from_static(length));
    }
    operation.body(Frames(frames.into_iter().collect()), &headers)
}

async fn next(
    body: &mut OperationBody<Frames, HttpServer>,
) -> Option<Result<Frame<Bytes>, &'static str>> {
    poll_fn(|task| Pin::new(&mut *body).poll_frame(task)).await
}

/// One span and one duration, with this `error.type`, and this size on both the span and its metric.
fn assert_ended(capture: &Capture, error_type: &str, size: f64) {
    let spans = capture.spans();
    assert_eq!(spans.len(), 1, "{}", capture.tree());
    let span = spans.first().unwrap();
    assert_eq!(span.text("error.type"), error_type);
    assert_eq!(span.text("http.response.body.size"), size.to_string());
    let sizes = capture.metric("http.server.response.body.size");
    assert_eq!(sizes.len(), 1);
    let point = sizes.first().unwrap();
    assert_eq!((point.number(), point.sum()), (1.0, size));
    assert_eq!(point.get("error.type"), error_type);
    let durations = capture.metric("http.server.request.duration");
    assert_eq!(
        durations.iter().map(|point| point.number()).sum::<f64>(),
        1.0
    );
    let active = capture.metric("http.server.active_requests");
    assert_eq!(active.iter().map(|point| point.number()).sum::<f64>(), 0.0);
}

#[tokio::test]
async fn a_body_that_is_polled_after_its_end_ended_once() {
    let capture = capture();
    let mut body = body(&capture, None, [data("12345"), data("678")]);
    while next(&mut body).await.is_some() {}
    assert_ended(&capture, "", 8.0);
    assert!(next(&mut body).await.is_none());
    drop(body);
    assert_ended(&capture, "", 8.0);
}

#[tokio::test]
async fn a_body_that_is_polled_after_an_error_ended_with_it() {
    let capture = capture();
    let mut body = body(&capture, None, [data("12"), Err("broken"), data("345")]);
    assert!(next(&mut body).await.unwrap().is_ok());
    assert!(next(&mut body).await.unwrap().is_err());
    assert_ended(&capture, "body_error", 2.0);
    assert!(next(&mut body).await.unwrap().is_ok());
    assert!(next(&mut body).await.is_none());
    drop(body);
    assert_ended(&capture, "body_error", 2.0);
}

#[tokio::test]
async fn trailers_belong_to_the_request_and_not_to_the_size() {
    let capture = capture();
    let mut body = body(
        &capture,
        None,
        [data("123"), Ok(Frame::trailers(HeaderMap::new()))],
    );
    assert!(next(&mut body).await.unwrap().unwrap().is_data());
    assert!(next(&mut body).await.unwrap().unwrap().is_trailers());
    assert!(capture.spans().is_empty());
    assert!(next(&mut body).await.is_none());
    assert_ended(&capture, "", 3.0);
}

#[tokio::test]
async fn a_body_that_is_cut_says_what_was_sent() {
    let capture = capture();
    let mut body = body(&capture, Some("8"), [data("12345"), data("678")]);
    assert!(next(&mut body).await.is_some());
    drop(body);
    assert_ended(&capture, "cancelled", 5.0);
}

#[tokio::test]
async fn a_body_that_is_never_polled_was_cancelled() {
    let capture = capture();
    drop(body(&capture, None, [data("12345")]));
    assert_ended(&capture, "cancelled", 0.0);
}

#[tokio::test]
async fn an_empty_body_has_a_size() {
    let capture = capture();
    let body = body(&capture, Some("0"), []);
    assert_ended(&capture, "", 0.0);
    drop(body);
    assert_ended(&capture, "", 0.0);
}
