//! What the conventions of clients make of a call, from strings and integers alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::borrow::Cow;

use opentelemetry::Context;
use otel_auto_core::{
    Instrumenter, Matcher, Operation, PeerService, Settings, UrlTemplate,
    db::{DbClient, DbRequest},
    http::{HttpClient, HttpClientRequest, HttpResponse},
};
use otel_auto_testing::{Capture, SpanView};

#[derive(Clone, Copy)]
struct Request {
    method: &'static str,
    url: &'static str,
    scheme: &'static str,
    host: &'static str,
    port: Option<u16>,
    template: Option<&'static str>,
    body: Option<u64>,
}

const GET: Request = Request {
    method: "GET",
    url: "https://shop.example/users/7",
    scheme: "https",
    host: "shop.example",
    port: None,
    template: None,
    body: Some(0),
};

impl HttpClientRequest for Request {
    fn method(&self) -> &str {
        self.method
    }
    fn url(&self) -> Cow<'_, str> {
        self.url.into()
    }
    fn scheme(&self) -> Option<&str> {
        Some(self.scheme)
    }
    fn host(&self) -> Option<&str> {
        Some(self.host)
    }
    fn port(&self) -> Option<u16> {
        self.port
    }
    fn template(&self) -> Option<&'static str> {
        self.template
    }
    fn body_size(&self) -> Option<u64> {
        self.body
    }
}

struct Response(Option<u64>);

impl HttpResponse for Response {
    fn status(&self) -> u16 {
        200
    }
    fn body_size(&self) -> Option<u64> {
        self.0
    }
}

fn start(capture: &Capture, request: Request) -> Operation<HttpClient> {
    Instrumenter::new(HttpClient::new("test", "0", "reqwest"))
        .providers(capture.providers())
        .start(&Context::new(), &(&request as _))
}

fn record(capture: &Capture, request: Request) -> SpanView {
    capture.clear_spans();
    start(capture, request).complete();
    capture.spans().remove(0)
}

fn with(change: impl FnOnce(&mut Settings)) -> Capture {
    Capture::builder().settings(change).build()
}

fn keys(capture: &Capture, metric: &str) -> Vec<String> {
    let points = capture.metric(metric);
    assert_eq!(points.len(), 1, "{metric}");
    let attributes = points[0].attributes.iter();
    attributes.map(|(key, _)| key.clone()).collect()
}

#[test]
fn the_server_is_as_the_url_names_it_with_a_port_in_any_case() {
    let capture = Capture::new();
    for (scheme, host, port, wanted) in [
        ("https", "shop.example", None, ["shop.example", "443"]),
        ("http", "shop.example", None, ["shop.example", "80"]),
        ("http", "shop.example", Some(8080), ["shop.example", "8080"]),
        ("http", "[2001:db8::1]", Some(81), ["2001:db8::1", "81"]),
        ("http", "::1", None, ["::1", "80"]),
    ] {
        let request = Request {
            scheme,
            host,
            port,
            ..GET
        };
        let span = record(&capture, request);
        assert_eq!(
            [span.text("server.address"), span.text("server.port")],
            wanted
        );
        assert!(span.get("network.protocol.name").is_none());
    }
}

#[test]
fn the_url_keeps_its_fragment_and_no_credentials() {
    let request = Request {
        url: "https://user:hush@shop.example/a?sig=hush&b=1#part",
        ..GET
    };
    assert_eq!(
        record(&Capture::new(), request).text("url.full"),
        "https://REDACTED:REDACTED@shop.example/a?sig=REDACTED&b=1#part"
    );
}

#[test]
fn an_unknown_method_is_other_and_cut() {
    let request = Request {
        method: Box::leak("M".repeat(10_000).into_boxed_str()),
        ..GET
    };
    let span = record(&Capture::new(), request);
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method"), "_OTHER");
    assert_eq!(span.text("http.request.method_original").len(), 64);
}

#[test]
fn a_rule_gives_the_template_that_no_caller_gave() {
    let capture = with(|settings| {
        settings.http.url_templates = vec![UrlTemplate {
            path: Matcher::new(|path| path.starts_with("/users/")),
            template: "/users/{id}",
        }];
    });
    let span = record(&capture, GET);
    assert_eq!(
        (span.name.as_str(), span.text("url.template").as_str()),
        ("GET /users/{id}", "/users/{id}")
    );
    let given = Request {
        template: Some("/given"),
        ..GET
    };
    assert_eq!(record(&capture, given).text("url.template"), "/given");
    let other = Request {
        url: "https://shop.example/?to=/users/7",
        ..GET
    };
    assert_eq!(record(&capture, other).name, "GET");
}

#[test]
fn the_service_behind_host_port_and_path_is_named_on_the_span_alone() {
    let rule = |host: &str, port, path: Option<&str>, name| PeerService {
        host: host.to_owned(),
        port,
        path: path.map(str::to_owned),
        name,
    };
    let capture = with(|settings| {
        settings.peer_services = vec![
            rule("shop.example", Some(443), Some("/users/"), "users"),
            rule("SHOP.example", None, None, "shop"),
            rule("db.example", Some(5432), None, "orders-db"),
        ];
        settings.http.client_active_requests = true;
        settings.http.body_sizes = true;
    });
    let name = |request| record(&capture, request).text("service.peer.name");
    assert_eq!(name(GET), "users");
    let port = Some(8443);
    assert_eq!(name(Request { port, ..GET }), "shop");
    let host = "other.example";
    assert_eq!(name(Request { host, ..GET }), "");

    capture.clear_spans();
    let database =
        Instrumenter::new(DbClient::new("test", "0", "test")).providers(capture.providers());
    for port in [5432, 5433] {
        let request = DbRequest::new("postgresql").server("db.example", port);
        database.start(&Context::new(), &request).complete();
    }
    let names: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("service.peer.name"))
        .collect();
    assert_eq!(names, ["orders-db", ""]);
    assert!(
        capture
            .metrics()
            .iter()
            .all(|point| point.get("service.peer.name").is_empty())
    );
}

#[test]
fn the_gauge_of_requests_under_way_is_there_if_it_is_switched_on() {
    let capture = Capture::new();
    let _ = record(&capture, GET);
    assert!(capture.metric("http.client.active_requests").is_empty());

    let capture = with(|settings| settings.http.client_active_requests = true);
    let request = Request {
        template: Some("/users/{id}"),
        ..GET
    };
    let operation = start(&capture, request);
    assert_eq!(
        keys(&capture, "http.client.active_requests"),
        [
            "http.request.method",
            "server.address",
            "server.port",
            "url.template"
        ]
    );
    let value = || capture.metric("http.client.active_requests")[0].number();
    assert_eq!(value(), 1.0);
    operation.complete();
    assert_eq!(value(), 0.0);
    // Where the conventions leave the template out.
    assert_eq!(
        keys(&capture, "http.client.request.duration"),
        ["http.request.method", "server.address", "server.port"]
    );
}

#[test]
fn a_request_without_a_template_is_counted_without_one() {
    let capture = with(|settings| settings.http.client_active_requests = true);
    let _ = record(&capture, GET);
    assert_eq!(
        keys(&capture, "http.client.active_requests"),
        ["http.request.method", "server.address", "server.port"]
    );
}

#[test]
fn sizes_have_the_attributes_of_the_duration_and_the_template() {
    let capture = with(|settings| settings.http.body_sizes = true);
    let request = Request {
        template: Some("/users/{id}"),
        body: Some(3),
        ..GET
    };
    let mut operation = start(&capture, request);
    operation.responded(&Response(Some(5)));
    operation.complete();
    for (metric, size) in [
        ("http.client.request.body.size", 3.0),
        ("http.client.response.body.size", 5.0),
    ] {
        let point = &capture.metric(metric)[0];
        assert_eq!((point.unit.as_str(), point.sum()), ("By", size));
        assert_eq!(
            keys(&capture, metric),
            [
                "http.request.method",
                "http.response.status_code",
                "server.address",
                "server.port",
                "url.template"
            ]
        );
    }
    let span = &capture.spans()[0];
    assert_eq!(span.text("http.request.body.size"), "3");
    assert_eq!(span.text("http.response.body.size"), "5");
}

#[test]
fn sizes_that_are_not_known_are_not_recorded() {
    let capture = with(|settings| settings.http.body_sizes = true);
    let mut unknown = start(&capture, Request { body: None, ..GET });
    unknown.responded(&Response(None));
    unknown.complete();
    // A head says how long the body would be.
    let head = Request {
        method: "HEAD",
        body: None,
        ..GET
    };
    let mut head = start(&capture, head);
    head.responded(&Response(Some(5)));
    head.complete();
    for metric in [
        "http.client.request.body.size",
        "http.client.response.body.size",
    ] {
        assert!(capture.metric(metric).is_empty(), "{metric}");
    }
    assert!(capture.spans().iter().all(|span| {
        span.get("http.request.body.size").is_none()
            && span.get("http.response.body.size").is_none()
    }));
}

#[test]
fn sizes_are_off_by_default() {
    let capture = Capture::new();
    let mut operation = start(&capture, GET);
    operation.responded(&Response(Some(5)));
    operation.complete();
    assert!(
        capture
            .metrics()
            .iter()
            .all(|point| point.name == "http.client.request.duration")
    );
    assert!(capture.spans()[0].get("http.response.body.size").is_none());
}
