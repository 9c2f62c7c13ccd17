//! `OtelMiddleware`, alone, around and below a middleware that retries.
use std::sync::Arc;

use super::common::{client, client_span, clients, serve, wait_for};
use crate::subject::{OtelMiddleware, RequestBuilderExt, UrlTemplate};
use http::Extensions;
use otel_auto_testing::Capture;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};

/// Sends each request three times.
struct Thrice;

#[async_trait::async_trait]
impl Middleware for Thrice {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        for _ in 0..2 {
            next.clone()
                .run(request.try_clone().unwrap(), extensions)
                .await?;
        }
        next.run(request, extensions).await
    }
}

/// Makes errors of error responses.
struct Strict;

#[async_trait::async_trait]
impl Middleware for Strict {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        Ok(next.run(request, extensions).await?.error_for_status()?)
    }
}

/// Sends nothing.
struct Failing;

#[async_trait::async_trait]
impl Middleware for Failing {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        Err(Error::middleware(std::io::Error::other("not today")))
    }
}

/// Sends by itself, traced.
struct Sending;

#[async_trait::async_trait]
impl Middleware for Sending {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        Ok(reqwest::RequestBuilder::from_parts(client(), request)
            .send_traced()
            .await?)
    }
}

fn with(stack: impl IntoIterator<Item = Arc<dyn Middleware>>) -> ClientWithMiddleware {
    let stack: Vec<_> = stack.into_iter().collect();
    ClientWithMiddleware::new(client(), stack)
}

#[tokio::test]
async fn a_request_through_the_middleware_is_one_trace_with_its_server() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let traced = OtelMiddleware::new().providers(capture.providers());
    let client = ClientBuilder::new(client()).with(traced).build();
    let request = client
        .get(base.url("/users/7"))
        .with_extension(UrlTemplate("/users/{id}"));
    assert_eq!(
        request.send().await.unwrap().text().await.unwrap(),
        "user 7"
    );
    wait_for(&capture, 2).await;
    assert_eq!(
        capture.tree(),
        "GET /users/{id} client\n  GET /users/{id} server\n"
    );
    let span = client_span(&capture);
    assert_eq!(span.text("network.peer.port"), base.port());
    assert!(span.get("http.request.resend_count").is_none());
}

#[tokio::test]
async fn behind_retries_each_attempt_has_a_span_and_says_which_it_is() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let otel = || Arc::new(OtelMiddleware::new()) as Arc<dyn Middleware>;
    // Added twice it still counts each attempt once.
    let client = with([Arc::new(Thrice) as _, otel(), otel()]);
    capture
        .scope(async { client.get(base.url("/users/7")).send().await })
        .await
        .unwrap();
    let resends: Vec<_> = clients(&capture)
        .iter()
        .map(|span| span.text("http.request.resend_count"))
        .collect();
    assert_eq!(resends, ["", "1", "2"]);
    assert_eq!(
        capture.metric("http.client.request.duration")[0].number(),
        3.0
    );
}

#[tokio::test]
async fn before_retries_all_attempts_have_one_span() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let otel = || Arc::new(OtelMiddleware::new()) as Arc<dyn Middleware>;
    // Added twice it still records once.
    let client = with([otel(), Arc::new(Thrice), otel()]);
    capture
        .scope(async { client.get(base.url("/users/7")).send().await })
        .await
        .unwrap();
    wait_for(&capture, 4).await;
    let server = "  GET /users/{id} server\n";
    assert_eq!(
        capture.tree(),
        format!("GET client\n{server}{server}{server}")
    );
}

#[tokio::test]
async fn a_traced_send_inside_of_the_middleware_makes_no_second_span() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = with([Arc::new(OtelMiddleware::new()) as _, Arc::new(Sending) as _]);
    capture
        .scope(async { client.get(base.url("/users/7")).send().await })
        .await
        .unwrap();
    wait_for(&capture, 2).await;
    assert_eq!(capture.tree(), "GET client\n  GET /users/{id} server\n");
}

#[tokio::test]
async fn a_status_that_became_an_error_is_still_a_status() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = with([Arc::new(OtelMiddleware::new()) as _, Arc::new(Strict) as _]);
    let sent = capture
        .scope(async { client.get(base.url("/status/503")).send().await })
        .await;
    assert!(sent.unwrap_err().is_status());
    let span = client_span(&capture);
    assert!(span.is_error());
    assert_eq!(span.text("http.response.status_code"), "503");
    assert_eq!(span.text("error.type"), "503");
}

#[tokio::test]
async fn errors_of_reqwest_and_of_middleware_are_told_apart() {
    let capture = Capture::new();
    let stacks: [(Vec<Arc<dyn Middleware>>, &str); 2] = [
        (vec![Arc::new(OtelMiddleware::new())], "dns"),
        (
            vec![Arc::new(OtelMiddleware::new()), Arc::new(Failing)],
            "middleware",
        ),
    ];
    for (stack, wanted) in stacks {
        capture.clear_spans();
        let send = async {
            with(stack)
                .get("http://does-not-exist.invalid/")
                .send()
                .await
        };
        assert!(capture.scope(send).await.is_err());
        assert_eq!(client_span(&capture).text("error.type"), wanted);
    }
}

#[tokio::test]
async fn a_suppressed_context_passes_through_the_middleware() {
    use otel_auto_core::opentelemetry::trace::FutureExt;

    let capture = Capture::new();
    let base = serve(&Capture::new()).await;
    let client = with([Arc::new(OtelMiddleware::new()) as _]);
    let send = async {
        client
            .get(base.url("/headers"))
            .send()
            .await
            .unwrap()
            .text()
            .await
    };
    let headers = send
        .with_context(capture.context().with_telemetry_suppressed())
        .await
        .unwrap();
    assert_eq!(headers, "||");
    assert_eq!(capture.tree(), "");
}
