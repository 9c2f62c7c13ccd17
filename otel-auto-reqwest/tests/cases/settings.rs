//! What the settings switch on and leave out.
use super::common::{client, client_span, clients, serve};
use crate::subject::RequestBuilderExt;
use axum::body::Bytes;
use opentelemetry::{
    Array, Value,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_core::{Matcher, PeerService, Settings, UrlTemplate, opentelemetry};
use otel_auto_testing::{Capture, SpanView};
use reqwest::{Body, RequestBuilder, Response};

fn with(change: impl FnOnce(&mut Settings)) -> Capture {
    Capture::builder().settings(change).build()
}

async fn send(capture: &Capture, request: RequestBuilder) -> Response {
    capture
        .scope(async { request.send_traced().await })
        .await
        .unwrap()
}

fn array(span: &SpanView, key: &str) -> Vec<String> {
    match span.get(key) {
        Some(Value::Array(Array::String(values))) => {
            values.iter().map(|value| value.to_string()).collect()
        }
        None => Vec::new(),
        Some(other) => panic!("{key} is {other:?}"),
    }
}

#[tokio::test]
async fn an_excluded_url_makes_nothing_and_carries_the_current_context() {
    let capture = with(|settings| {
        settings
            .http
            .excluded_urls
            .by_instrumentation
            // With the query as it is, and without anything of the server's.
            .insert(
                "reqwest".to_owned(),
                Matcher::new(|url| url.ends_with("/headers?sig=1")),
            );
    });
    let base = serve(&capture).await;
    let span = capture.tracer("test").start("work");
    let context = capture.context().with_span(span);
    let wanted = context.span().span_context().clone();
    let call = async {
        let request = client().get(base.url("/headers?sig=1"));
        request.send_traced().await.unwrap().text().await.unwrap()
    };
    let carried = call.with_context(context.clone()).await;
    assert_eq!(
        carried,
        format!("00-{}-{}-01||", wanted.trace_id(), wanted.span_id())
    );
    assert!(clients(&capture).is_empty());
    assert!(capture.metric("http.client.request.duration").is_empty());

    send(&capture, client().get(base.url("/headers"))).await;
    let _ = client_span(&capture);
}

#[tokio::test]
async fn headers_that_are_asked_for_are_arrays_and_those_of_credentials_are_redacted() {
    let capture = with(|settings| {
        let names = |names: &[&str]| names.iter().map(|name| Matcher::exact(*name)).collect();
        settings.http.client_headers.request = names(&["x-tag", "authorization", "x-key"]);
        settings.http.client_headers.response = names(&["content-type", "x-absent"]);
        // Not by name: reqwest marks what it knows to be a secret.
        settings.http.sanitized_headers = names(&["x-key"]);
    });
    let base = serve(&capture).await;
    let request = client()
        .get(base.url("/users/7"))
        .header("X-Tag", "a")
        .header("x-tag", "b")
        .header("x-key", "hush")
        .bearer_auth("hush");
    send(&capture, request).await;
    let span = client_span(&capture);
    for (key, wanted) in [
        ("http.request.header.x-tag", &["a", "b"][..]),
        ("http.request.header.authorization", &["[REDACTED]"]),
        ("http.request.header.x-key", &["[REDACTED]"]),
        (
            "http.response.header.content-type",
            &["text/plain; charset=utf-8"],
        ),
        ("http.response.header.x-absent", &[]),
    ] {
        assert_eq!(array(&span, key), wanted, "{key}");
    }
    assert!(!format!("{:?}", span.data).contains("hush"));
}

#[tokio::test]
async fn sizes_are_those_that_are_known_when_the_head_is_there() {
    let stream = || {
        let frame = http_body::Frame::data(Bytes::from("12345"));
        let frames = futures_util::stream::iter([Ok::<_, std::io::Error>(frame)]);
        Body::wrap(http_body_util::StreamBody::new(frames))
    };
    for (method, path, body, wanted) in [
        ("GET", "/users/7", None, ["0", "6"]),
        ("POST", "/any", Some(Body::from("12345")), ["5", "3"]),
        ("POST", "/any", Some(stream()), ["", "3"]),
        ("GET", "/stream", None, ["0", ""]),
        ("GET", "/status/204", None, ["0", "0"]),
        ("HEAD", "/users/7", None, ["0", ""]),
    ] {
        let capture = with(|settings| settings.http.body_sizes = true);
        let base = serve(&capture).await;
        let mut request = client().request(method.parse().unwrap(), base.url(path));
        if let Some(body) = body {
            request = request.body(body);
        }
        send(&capture, request).await;
        let span = client_span(&capture);
        for (side, wanted) in ["request", "response"].into_iter().zip(wanted) {
            let size = span.text(&format!("http.{side}.body.size"));
            assert_eq!(size, wanted, "{side} of {method} {path}");
            let points = capture.metric(&format!("http.client.{side}.body.size"));
            let metric = points.iter().map(|point| point.sum().to_string());
            assert_eq!(
                metric.collect::<String>(),
                wanted,
                "{side} of {method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn rules_name_the_template_and_the_service() {
    let capture = with(|settings| {
        settings.http.url_templates = vec![UrlTemplate {
            path: Matcher::exact("/users/7"),
            template: "/users/{id}",
        }];
        settings.peer_services = vec![PeerService {
            host: "127.0.0.1".to_owned(),
            port: None,
            path: Some("/users/".to_owned()),
            name: "users",
        }];
    });
    let base = serve(&capture).await;
    send(&capture, client().get(base.url("/users/7?a=b"))).await;
    let span = client_span(&capture);
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.text("url.template"), "/users/{id}");
    assert_eq!(span.text("service.peer.name"), "users");
}

#[tokio::test]
async fn requests_under_way_are_counted_if_it_is_switched_on() {
    let capture = with(|settings| settings.http.client_active_requests = true);
    let base = serve(&capture).await;
    let value = || -> f64 {
        let points = capture.metric("http.client.active_requests");
        points.iter().map(|point| point.number()).sum()
    };
    let pending = capture.in_scope(|| client().get(base.url("/slow")).send_traced());
    assert_eq!(value(), 1.0);
    drop(pending);
    assert_eq!(value(), 0.0);
    let point = &capture.metric("http.client.active_requests")[0];
    assert_eq!(point.unit, "{request}");
    let keys: Vec<_> = point
        .attributes
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["http.request.method", "server.address", "server.port"]
    );
}

#[tokio::test]
async fn an_address_of_ipv6_has_no_brackets() {
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else {
        // A machine without IPv6.
        return;
    };
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().fallback(async || "here");
    tokio::spawn(async move { axum::serve(listener, app).await });
    let capture = Capture::new();
    send(&capture, client().get(format!("http://{address}/"))).await;
    let span = client_span(&capture);
    assert_eq!(span.text("server.address"), "::1");
    assert_eq!(span.text("network.peer.address"), "::1");
    assert_eq!(span.text("url.full"), format!("http://{address}/"));
}
