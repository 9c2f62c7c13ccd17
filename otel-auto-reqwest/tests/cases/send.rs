//! Requests that are answered: spans, attributes, metrics.
use std::time::Duration;

use super::common::{client, client_span, clients, serve, wait_for};
use crate::subject::{ClientExt, RequestBuilderExt, SendTraced};
use opentelemetry::trace::SpanKind;
use otel_auto_core::opentelemetry;
use otel_auto_testing::{Capture, MetricValue};
use reqwest::{Method, Request, RequestBuilder};

#[tokio::test]
async fn an_answered_request_has_the_attributes_of_the_convention_and_no_others() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let response = capture
        .scope(async { client().get(base.url("/users/7")).send_traced().await })
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "user 7");

    let span = client_span(&capture);
    assert_eq!(span.name, "GET");
    assert_eq!(span.kind, SpanKind::Client);
    assert!(!span.is_error());
    let attributes = span.attributes();
    let (url, port) = (base.url("/users/7"), base.port());
    let wanted = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", &port),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.full", &url),
    ];
    assert_eq!(
        attributes,
        wanted.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    for key in [
        "server.port",
        "network.peer.port",
        "http.response.status_code",
    ] {
        assert!(
            matches!(span.get(key), Some(opentelemetry::Value::I64(_))),
            "{key} is a number"
        );
    }
    assert_eq!(
        span.data.instrumentation_scope.version(),
        Some(env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn the_template_is_in_the_name_of_the_span() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let send = async {
        client()
            .get(base.url("/users/7"))
            .url_template("/users/{id}")
            .send_traced()
            .await
    };
    capture.scope(send).await.unwrap();
    let span = client_span(&capture);
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.text("url.template"), "/users/{id}");
}

#[tokio::test]
async fn a_built_request_is_executed_with_and_without_a_template() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let client = client();
    let request = || client.get(base.url("/users/7")).build().unwrap();
    capture
        .scope(async {
            client.execute_traced(request()).await.unwrap();
            let builder = RequestBuilder::from_parts(client.clone(), request());
            builder
                .url_template("/users/{id}")
                .send_traced()
                .await
                .unwrap();
        })
        .await;
    let names: Vec<_> = clients(&capture)
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["GET", "GET /users/{id}"]);
}

#[tokio::test]
async fn credentials_and_signatures_are_redacted() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let url = format!(
        "http://user:hunter2@{}/users/7?sig=hunter2&page=2#part",
        base.0
    );
    capture
        .scope(async {
            // A builder takes the credentials out of the URL, a request keeps them.
            client().get(&url).send_traced().await.unwrap();
            let request = Request::new(Method::GET, url.parse().unwrap());
            client().execute_traced(request).await.unwrap();
        })
        .await;
    let urls: Vec<_> = clients(&capture)
        .iter()
        .map(|span| span.text("url.full"))
        .collect();
    assert_eq!(urls[0], base.url("/users/7?sig=REDACTED&page=2#part"));
    assert_eq!(
        urls[1],
        format!(
            "http://REDACTED:REDACTED@{}/users/7?sig=REDACTED&page=2#part",
            base.0
        )
    );
    wait_for(&capture, 4).await;
    assert!(!format!("{:?}", capture.spans()).contains("hunter2"));
}

#[tokio::test]
async fn an_unknown_method_is_other_and_keeps_its_name_on_the_span_alone() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let method = Method::from_bytes(b"PURGE").unwrap();
    capture
        .scope(async {
            client()
                .request(method, base.url("/any"))
                .send_traced()
                .await
        })
        .await
        .unwrap();
    let span = client_span(&capture);
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method"), "_OTHER");
    assert_eq!(span.text("http.request.method_original"), "PURGE");
    let points = capture.metric("http.client.request.duration");
    assert_eq!(points[0].get("http.request.method"), "_OTHER");
    assert_eq!(points[0].get("http.request.method_original"), "");
}

#[tokio::test]
async fn the_span_ends_with_the_head_and_not_with_the_body() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let response = capture
        .scope(async { client().get(base.url("/stream")).send_traced().await })
        .await
        .unwrap();
    let span = client_span(&capture);
    assert!(
        span.duration < Duration::from_millis(250),
        "{:?}",
        span.duration
    );
    assert_eq!(capture.spans().len(), 1, "the server still sends");
    assert_eq!(
        response.text().await.unwrap(),
        "chunk 0\nchunk 1\nchunk 2\n"
    );
    wait_for(&capture, 2).await;
    assert_eq!(clients(&capture).len(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_is_no_concern_of_the_span() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    let response = capture
        .scope(async { client().get(base.url("/broken")).send_traced().await })
        .await
        .unwrap();
    assert!(response.text().await.is_err());
    assert!(!client_span(&capture).is_error());
}

#[tokio::test]
async fn the_duration_is_measured_with_bounded_attributes_and_nothing_else_is() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    capture
        .scope(async {
            for path in ["/users/1", "/users/2", "/status/404"] {
                client()
                    .get(base.url(path))
                    .url_template("/{any}")
                    .send_traced()
                    .await
                    .unwrap();
            }
        })
        .await;
    let points: Vec<_> = capture
        .metrics()
        .into_iter()
        .filter(|point| point.name.starts_with("http.client."))
        .collect();
    assert_eq!(points.len(), 2, "{points:?}");
    let port = base.port();
    let wanted = |more: &[(&str, &str)]| {
        let mut all = vec![
            ("http.request.method", "GET"),
            ("network.protocol.version", "1.1"),
            ("server.address", "127.0.0.1"),
            ("server.port", &port),
        ];
        all.extend(more);
        all.sort_unstable();
        all.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    for point in &points {
        assert_eq!(point.name, "http.client.request.duration");
        assert_eq!(point.unit, "s");
        let (count, more): (_, &[_]) = match point.get("http.response.status_code") {
            "200" => (2, &[("http.response.status_code", "200")]),
            _ => (
                1,
                &[("http.response.status_code", "404"), ("error.type", "404")],
            ),
        };
        assert_eq!(point.attributes, wanted(more));
        let MetricValue::Histogram {
            count: counted,
            sum,
            bounds,
        } = &point.value
        else {
            panic!("no histogram")
        };
        assert_eq!(*counted, count);
        assert!(*sum > 0.0 && *sum < 10.0);
        assert_eq!(bounds.len(), 14);
    }
}

#[tokio::test]
async fn the_span_tells_the_same_duration_as_the_metric() {
    let capture = Capture::new();
    let base = serve(&capture).await;
    capture
        .scope(async { client().get(base.url("/users/7")).send_traced().await })
        .await
        .unwrap();
    let measured = capture.metric("http.client.request.duration")[0].sum();
    assert!((client_span(&capture).duration.as_secs_f64() - measured).abs() < 1e-6);
}

#[test]
fn the_future_can_be_spawned() {
    fn sendable<T: Send + 'static>() {}
    sendable::<SendTraced>();
}
