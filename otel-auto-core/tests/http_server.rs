//! What the convention of HTTP servers makes of a request, from strings and integers alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::net::SocketAddr;

use opentelemetry::Context;
use otel_auto_core::{
    Instrumenter, Matcher,
    http::{HttpServer, HttpServerRequest, Version},
};
use otel_auto_testing::{Capture, SpanView};

struct Request {
    method: &'static str,
    path: &'static str,
    authority: Option<&'static str>,
    scheme: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
    peer: Option<SocketAddr>,
    version: Option<Version>,
}

const GET: Request = Request {
    method: "GET",
    path: "/",
    authority: None,
    scheme: None,
    headers: &[],
    peer: None,
    version: Some(Version::Http11),
};

impl HttpServerRequest for Request {
    fn method(&self) -> &str {
        self.method
    }
    fn path(&self) -> &str {
        self.path
    }
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    }
    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self.headers {
            visit(name, value);
        }
    }
    fn authority(&self) -> Option<&str> {
        self.authority
    }
    fn scheme(&self) -> Option<&str> {
        self.scheme
    }
    fn version(&self) -> Option<Version> {
        self.version
    }
    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

fn record(request: &Request) -> SpanView {
    let capture = Capture::new();
    Instrumenter::new(HttpServer::new("test", "0", "tower"))
        .providers(capture.providers())
        .start(&Context::new(), &(request as _))
        .complete();
    capture.spans().remove(0)
}

/// `server.address`, `server.port`, `url.scheme` and `client.address`.
fn told(request: &Request) -> [String; 4] {
    let span = record(request);
    [
        "server.address",
        "server.port",
        "url.scheme",
        "client.address",
    ]
    .map(|key| span.text(key))
}

#[test]
fn the_host_is_the_first_that_is_said_from_the_outside_in() {
    let all: &[_] = &[
        ("forwarded", "host=\"a.example:1\""),
        ("x-forwarded-host", "b.example:2"),
        ("host", "d.example:4"),
    ];
    for (headers, authority, wanted) in [
        (all, Some("c.example:3"), ["a.example", "1"]),
        (&all[1..], Some("c.example:3"), ["b.example", "2"]),
        (&all[2..], Some("c.example:3"), ["c.example", "3"]),
        (&all[2..], None, ["d.example", "4"]),
        (&[], None, ["", ""]),
    ] {
        let request = Request {
            headers,
            authority,
            ..GET
        };
        assert_eq!(told(&request)[..2], wanted);
    }
}

#[test]
fn of_several_proxies_the_outermost_is_believed() {
    let headers = &[
        (
            "forwarded",
            r#"for="[2001:db8::7]:4711";proto=https;host="[2001:db8::1]:8443", for=10.0.0.1;host=inner;proto=http"#,
        ),
        // Another line: a later hop.
        ("forwarded", "for=10.0.0.2;host=innermost"),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    let request = Request { headers, ..GET };
    assert_eq!(
        told(&request),
        ["2001:db8::1", "8443", "https", "2001:db8::7"]
    );
}

#[test]
fn what_one_proxy_header_leaves_out_another_may_tell() {
    let headers = &[
        ("forwarded", "for=192.0.2.43"),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-host", "shop.example, inner"),
        ("x-forwarded-for", "198.51.100.1"),
        ("host", "inner:8080"),
    ];
    let request = Request { headers, ..GET };
    assert_eq!(told(&request), ["shop.example", "", "https", "192.0.2.43"]);
}

#[test]
fn an_address_in_brackets_loses_them() {
    for (host, address, port) in [
        ("[::1]:8080", "::1", "8080"),
        ("[2001:db8::1]", "2001:db8::1", ""),
    ] {
        for request in [
            Request {
                authority: Some(host),
                ..GET
            },
            Request {
                headers: Box::leak(Box::new([("host", host)])),
                ..GET
            },
        ] {
            assert_eq!(told(&request)[..2], [address, port]);
        }
    }
}

#[test]
fn the_connection_is_told_beside_the_client() {
    let request = Request {
        headers: &[("x-forwarded-for", "203.0.113.9")],
        peer: Some("127.0.0.1:4711".parse().unwrap()),
        ..GET
    };
    let span = record(&request);
    assert_eq!(span.text("client.address"), "203.0.113.9");
    assert_eq!(span.text("network.peer.address"), "127.0.0.1");
    assert_eq!(span.text("network.peer.port"), "4711");
    // Opt-in.
    assert!(span.get("client.port").is_none());
}

#[test]
fn requests_without_a_path_of_their_own_have_none() {
    let connect = Request {
        method: "CONNECT",
        path: "",
        authority: Some("db.example:5432"),
        ..GET
    };
    let span = record(&connect);
    assert_eq!(span.name, "CONNECT");
    assert!(span.get("url.path").is_none());
    assert_eq!(span.text("server.address"), "db.example");

    let options = Request {
        method: "OPTIONS",
        path: "*",
        ..GET
    };
    assert_eq!(record(&options).text("url.path"), "*");
}

#[test]
fn a_version_is_told_only_if_it_is_known_and_the_protocol_is_http() {
    for (version, wanted) in [
        (Some(Version::Http10), "1.0"),
        (Some(Version::Http11), "1.1"),
        (Some(Version::Http2), "2"),
        (Some(Version::Http3), "3"),
        (None, ""),
    ] {
        let span = record(&Request { version, ..GET });
        assert_eq!(span.text("network.protocol.version"), wanted);
        assert!(span.get("network.protocol.name").is_none());
    }
}

#[test]
fn a_method_may_be_as_long_as_the_peer_likes_and_is_cut() {
    let request = Request {
        method: Box::leak("M".repeat(10_000).into_boxed_str()),
        ..GET
    };
    let span = record(&request);
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method_original").len(), 64);
}

#[test]
fn the_url_that_excludes_is_the_one_that_the_client_asked_for() {
    for (request, wanted) in [
        (
            Request {
                path: "/health",
                headers: &[
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "shop.example"),
                ],
                ..GET
            },
            "https://shop.example/health",
        ),
        (
            Request {
                path: "/health",
                authority: Some("user:pass@[::1]:8080"),
                scheme: Some("https"),
                ..GET
            },
            "https://[::1]:8080/health",
        ),
        (
            Request {
                method: "OPTIONS",
                path: "*",
                headers: &[("host", "shop.example")],
                ..GET
            },
            "http://shop.example",
        ),
        (Request { path: "/a", ..GET }, "http:///a"),
    ] {
        let capture = Capture::builder()
            .settings(|settings| settings.http.excluded_urls.all = Some(Matcher::exact(wanted)))
            .build();
        let operation = Instrumenter::new(HttpServer::new("test", "0", "tower"))
            .providers(capture.providers())
            .start(&Context::new(), &(&request as _));
        assert!(!operation.is_live(), "{wanted}");
    }
}

#[test]
fn request_headers_are_there_for_the_sampler() {
    use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

    #[derive(Debug, Clone)]
    struct ByHeader;

    impl ShouldSample for ByHeader {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: opentelemetry::TraceId,
            _: &str,
            _: &opentelemetry::trace::SpanKind,
            attributes: &[opentelemetry::KeyValue],
            _: &[opentelemetry::trace::Link],
        ) -> SamplingResult {
            let wanted = attributes
                .iter()
                .any(|attribute| attribute.key.as_str() == "http.request.header.x-sample");
            SamplingResult {
                decision: if wanted {
                    SamplingDecision::RecordAndSample
                } else {
                    SamplingDecision::Drop
                },
                attributes: Vec::new(),
                trace_state: opentelemetry::trace::TraceState::NONE,
            }
        }
    }

    let spans = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .with_sampler(ByHeader)
        .build();
    let mut settings = otel_auto_core::Settings::default();
    settings.http.server_headers.request = vec![Matcher::exact("x-sample")];
    let providers = otel_auto_core::Providers::builder()
        .tracer_provider(provider)
        .settings(settings)
        .build();
    let instrumenter =
        Instrumenter::new(HttpServer::new("test", "0", "tower")).providers(providers);
    let sampled = Request {
        headers: &[("x-sample", "1")],
        ..GET
    };
    for request in [&sampled, &GET] {
        instrumenter
            .start(&Context::new(), &(request as _))
            .complete();
    }
    assert_eq!(spans.get_finished_spans().unwrap().len(), 1);
}
