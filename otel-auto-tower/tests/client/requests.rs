//! Requests that are answered: spans, attributes, metrics.

use http::{Method, Request, Response, Uri, Version};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::SpanKind;
use otel_auto_core::opentelemetry;
use otel_auto_testing::Capture;
use otel_auto_tower::{HttpClientLayer, UrlTemplate};
use tokio::net::TcpStream;
use tower::{Layer, ServiceExt, service_fn};

use super::support::{
    Body, client, client_span, clients, empty, get_request, serve, text, wait_for,
};

/// Sends a request to a service that answers at once.
async fn answered(capture: &Capture, request: Request<()>) {
    let answer = service_fn(async |_| Ok::<_, std::io::Error>(Response::new(())));
    let client = HttpClientLayer::new().layer(answer);
    capture.scope(client.oneshot(request)).await.unwrap();
}

#[tokio::test]
async fn an_answered_request_has_the_attributes_of_the_convention_and_no_others() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let url = format!("http://{address}/users/7?sig=hunter2&page=2");
    let response = capture
        .scope(client().oneshot(get_request(&url)))
        .await
        .unwrap();
    assert_eq!(text(response).await, "user 7");
    let span = client_span(&capture);
    assert_eq!(span.name, "GET");
    assert_eq!(span.kind, SpanKind::Client);
    assert_eq!(span.scope, "otel-auto-tower");
    assert!(!span.is_error());
    let port = address.port().to_string();
    let url = format!("http://{address}/users/7?sig=REDACTED&page=2");
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
    let wanted = wanted.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(span.attributes(), wanted);

    let points = capture.metric("http.client.request.duration");
    assert_eq!(points.len(), 1);
    let keys: Vec<_> = points[0]
        .attributes
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "http.request.method",
            "http.response.status_code",
            "network.protocol.version",
            "server.address",
            "server.port",
        ]
    );
    assert!((points[0].sum() - span.duration.as_secs_f64()).abs() < 1e-6);
}

#[tokio::test]
async fn a_template_in_the_extensions_is_in_the_name() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let mut request = get_request(format!("http://{address}/users/7"));
    request.extensions_mut().insert(UrlTemplate("/users/{id}"));
    capture.scope(client().oneshot(request)).await.unwrap();
    let span = client_span(&capture);
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.text("url.template"), "/users/{id}");
}

#[tokio::test]
async fn error_responses_are_errors_and_redirections_are_not() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    for code in ["204", "304", "404", "503"] {
        let request = get_request(format!("http://{address}/status/{code}"));
        capture.scope(client().oneshot(request)).await.unwrap();
    }
    for span in clients(&capture) {
        let code = span.text("http.response.status_code");
        let wanted = if code.as_str() >= "400" {
            code.as_str()
        } else {
            ""
        };
        assert_eq!(span.text("error.type"), wanted);
        assert_eq!(span.is_error(), !wanted.is_empty());
    }
    assert_eq!(clients(&capture).len(), 4);
}

#[tokio::test]
async fn a_server_is_where_the_uri_or_else_the_host_header_says() {
    for (uri, host, address, port, url) in [
        ("http://[::1]:81/a", None, "::1", "81", "http://[::1]:81/a"),
        (
            "https://example.com/",
            None,
            "example.com",
            "443",
            "https://example.com/",
        ),
        (
            "http://one.test/",
            Some("two.test"),
            "one.test",
            "80",
            "http://one.test/",
        ),
        (
            "/a?b=1",
            Some("example.com"),
            "example.com",
            "80",
            "http://example.com/a?b=1",
        ),
        (
            "/a",
            Some("example.com:443"),
            "example.com",
            "443",
            "https://example.com:443/a",
        ),
        (
            "/",
            Some("[2001:db8::1]:8080"),
            "2001:db8::1",
            "8080",
            "http://[2001:db8::1]:8080/",
        ),
        (
            "http://user:hunter2@example.com/",
            None,
            "example.com",
            "80",
            "http://REDACTED:REDACTED@example.com/",
        ),
    ] {
        let capture = Capture::new();
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        answered(&capture, request.body(()).unwrap()).await;
        let span = client_span(&capture);
        let told = ["server.address", "server.port", "url.full"].map(|key| span.text(key));
        assert_eq!(told, [address, port, url], "{uri} {host:?}");
    }
}

#[tokio::test]
async fn a_connect_request_names_its_authority() {
    let capture = Capture::new();
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("example.com:443");
    answered(&capture, request.body(()).unwrap()).await;
    let span = client_span(&capture);
    assert_eq!(span.name, "CONNECT");
    assert_eq!(span.text("server.address"), "example.com");
    assert_eq!(span.text("server.port"), "443");
    assert_eq!(span.text("url.full"), "https://example.com:443");
}

#[tokio::test]
async fn an_unknown_method_is_other() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let mut request = get_request(format!("http://{address}/any"));
    *request.method_mut() = Method::from_bytes(b"PURGE").unwrap();
    capture.scope(client().oneshot(request)).await.unwrap();
    let span = client_span(&capture);
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method"), "_OTHER");
    assert_eq!(span.text("http.request.method_original"), "PURGE");
}

#[tokio::test]
async fn over_http_2_and_on_a_bare_connection_it_is_the_same() {
    let capture = Capture::new();
    let address = serve(&capture).await;
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let executor = hyper_util::rt::TokioExecutor::new();
    let (sender, connection) = hyper::client::conn::http2::handshake(executor, stream)
        .await
        .unwrap();
    tokio::spawn(connection);
    let client = HttpClientLayer::new().layer(service_fn(move |request: Request<Body>| {
        sender.clone().send_request(request)
    }));
    let request = get_request(format!("http://{address}/users/7"));
    let response = capture.scope(client.oneshot(request)).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    wait_for(&capture, 2).await;
    assert_eq!(capture.tree(), "GET client\n  GET /users/{id} server\n");
    let span = client_span(&capture);
    assert_eq!(span.text("network.protocol.version"), "2");
    assert_eq!(span.text("server.port"), address.port().to_string());

    // To a connection of HTTP/1.1 a path is written, and a header says whose.
    capture.clear_spans();
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let client = HttpClientLayer::new().layer(service_fn(move |request: Request<Body>| {
        sender.send_request(request)
    }));
    let request = Request::get(Uri::from_static("/users/7")).header("host", address.to_string());
    let request = request.body(empty()).unwrap();
    capture.scope(client.oneshot(request)).await.unwrap();
    let span = client_span(&capture);
    assert_eq!(span.text("server.address"), "127.0.0.1");
    assert_eq!(span.text("url.full"), format!("http://{address}/users/7"));
}
