//! Requests that fail, are given up, or are answered with an error.
use std::time::Duration;

use super::common::{builder, client, client_span, clients, serve};
use crate::subject::{ClientExt, RequestBuilderExt};
use opentelemetry::trace::Status;
use otel_auto_core::opentelemetry;
use otel_auto_testing::{Capture, SpanView};
use reqwest::{Method, Request, Response};
use tokio::{io::AsyncWriteExt, net::TcpListener};

type Sent = reqwest::Result<Response>;

/// The span and the error of a request that fails.
async fn failed(capture: &Capture, send: impl Future<Output = Sent>) -> (SpanView, reqwest::Error) {
    let error = capture.scope(send).await.expect_err("a failure");
    let span = client_span(capture);
    assert!(span.is_error());
    assert!(span.get("http.response.status_code").is_none());
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].get("error.type"), span.text("error.type"));
    (span, error)
}

fn description(span: &SpanView) -> &str {
    match &span.status {
        Status::Error { description } => description,
        Status::Unset | Status::Ok => "",
    }
}

#[tokio::test]
async fn client_and_server_errors_are_errors_and_redirections_are_not() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    capture
        .scope(async {
            for code in ["204", "304", "400", "404", "500", "503"] {
                client()
                    .get(base.url(&format!("/status/{code}")))
                    .send_traced()
                    .await
                    .unwrap();
            }
        })
        .await;
    for span in clients(&capture) {
        let code = span.text("http.response.status_code");
        let is_error = code.as_str() >= "400";
        assert_eq!(span.is_error(), is_error, "{code}");
        assert_eq!(
            span.text("error.type"),
            if is_error { code.as_str() } else { "" }
        );
        assert_eq!(description(&span), "");
    }
    assert_eq!(clients(&capture).len(), 6);
}

#[tokio::test]
async fn a_refused_connection_says_so() {
    let capture = Capture::new();
    // Bound and gone: nobody listens there now.
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{address}/?token=secret");
    let (span, error) = failed(&capture, async { client().get(&url).send_traced().await }).await;
    assert!(error.is_connect());
    assert_eq!(
        error.url().map(reqwest::Url::as_str),
        Some(url.as_str()),
        "the error is unchanged"
    );
    assert_eq!(span.text("error.type"), "connection_refused");
    assert!(
        description(&span).contains("refused"),
        "{}",
        description(&span)
    );
    assert!(!description(&span).contains("secret"));
    assert_eq!(span.text("server.port"), address.port().to_string());
}

#[tokio::test]
async fn a_timeout_says_so() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let (span, error) = failed(&capture, async {
        client.get(base.url("/slow")).send_traced().await
    })
    .await;
    assert!(error.is_timeout());
    assert_eq!(span.text("error.type"), "timeout");
    assert_eq!(description(&span), "operation timed out");
}

#[tokio::test]
async fn an_unknown_host_is_a_matter_of_dns_and_the_default_port_is_recorded() {
    for (scheme, port) in [("http", "80"), ("https", "443")] {
        let capture = Capture::new();
        let url = format!("{scheme}://does-not-exist.invalid/");
        let (span, _) = failed(&capture, async { client().get(url).send_traced().await }).await;
        assert_eq!(span.text("error.type"), "dns", "{}", description(&span));
        assert_eq!(span.text("server.address"), "does-not-exist.invalid");
        assert_eq!(span.text("server.port"), port);
    }
}

#[tokio::test]
async fn an_address_of_version_6_is_recorded_without_brackets() {
    let capture = Capture::new();
    // Nobody listens there.
    let (span, _) = failed(&capture, async {
        client().get("http://[::1]:1/").send_traced().await
    })
    .await;
    assert_eq!(span.text("server.address"), "::1");
    assert_eq!(span.text("server.port"), "1");
    assert_eq!(span.text("url.full"), "http://[::1]:1/");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_fails_the_handshake() {
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            // Read, or closing would reset the connection.
            let _ = stream.try_read(&mut [0; 4_096]);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let capture = Capture::new();
        let url = format!("https://{address}/");
        let (span, error) = failed(&capture, async { client().get(url).send_traced().await }).await;
        assert!(error.is_connect());
        assert_eq!(span.text("error.type"), "tls", "{}", description(&span));
    }
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_a_failed_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.readable().await.unwrap();
        let _ = stream.try_read(&mut [0; 4_096]);
    });
    let capture = Capture::new();
    let url = format!("http://{address}/");
    let (span, _) = failed(&capture, async { client().get(url).send_traced().await }).await;
    assert_eq!(span.text("error.type"), "request");
    assert!(!description(&span).is_empty());
}

#[tokio::test]
async fn too_many_redirects_are_described_without_their_url() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let (span, error) = failed(&capture, async {
        client().get(base.url("/loop")).send_traced().await
    })
    .await;
    assert!(error.is_redirect());
    assert!(
        error.to_string().contains("secret"),
        "reqwest's message has the URL"
    );
    assert_eq!(span.text("error.type"), "redirect");
    assert_eq!(description(&span), "too many redirects");
    assert_eq!(span.text("url.full"), base.url("/loop"));
}

#[tokio::test]
async fn the_words_of_a_redirect_policy_are_left_out_if_they_hold_a_url() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let policy = reqwest::redirect::Policy::custom(|attempt| {
        let told = format!("never to {}", attempt.url());
        attempt.error(told)
    });
    let client = builder().redirect(policy).build().unwrap();
    let (span, _) = failed(&capture, async {
        client.get(base.url("/loop")).send_traced().await
    })
    .await;
    assert_eq!(span.text("error.type"), "redirect");
    assert_eq!(description(&span), "");
}

#[tokio::test]
async fn a_scheme_that_cannot_be_sent_is_an_error_of_the_builder() {
    let capture = Capture::new();
    let request = Request::new(Method::GET, "ftp://example.com/file".parse().unwrap());
    let (span, error) = failed(&capture, async { client().execute_traced(request).await }).await;
    assert!(error.is_builder());
    assert_eq!(span.text("error.type"), "builder");
}

#[tokio::test]
async fn a_request_that_was_never_built_gives_its_error_and_no_span() {
    let capture = Capture::new();
    let error = capture
        .scope(async { client().get("no url").send_traced().await })
        .await
        .unwrap_err();
    assert!(error.is_builder());
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn giving_up_ends_the_span_and_is_no_error() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = client();
    let send = async { client.get(base.url("/slow")).send_traced().await };
    let patience = Duration::from_millis(100);
    assert!(
        tokio::time::timeout(patience, capture.scope(send))
            .await
            .is_err()
    );
    let span = client_span(&capture);
    assert_eq!(span.status, Status::Unset);
    assert!(span.get("error.type").is_none());
    assert!(span.duration >= Duration::from_millis(90));
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].get("error.type"), "");
}
