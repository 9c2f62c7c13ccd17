//! A real OpenTelemetry Collector receives what a program exports, and its own output shows the values that were
//! sent. The collector is built by `scripts/collector`; the programs are this test run again for one case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod authority;
mod output;
mod program;
mod recovery;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod watched;

use authority::Authority;
use output::{Item, Kind, find, parse};
use program::{CALLER, TRACE_ID};
use server::{Collector, Security};
use support::{CASE, run};

const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    match case.as_str() {
        "one request" => runtime.block_on(program::one_request()),
        "load" => runtime.block_on(program::load()),
        other => panic!("no such case: {other}"),
    }
}

/// Runs the program of one request, and gives what it said on stderr.
#[track_caller]
fn one_request(endpoint: &str, protocol: &str, more: &[(&str, &str)]) -> String {
    let mut environment = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_SERVICE_NAME", "users of the house"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test,team=a%2Cb%C3%A9",
        ),
    ];
    environment.extend(more);
    let (output, _) = run("one request", &environment);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{printed}");
    assert!(printed.contains("the app worked"), "{said}{printed}");
    said
}

/// That a collector with this security shows all that the program of one request sent.
#[track_caller]
fn assert_arrives(security: Security<'_>, more: &[(&str, &str)]) {
    let Some(program) = server::program() else {
        return;
    };
    for protocol in PROTOCOLS {
        for compression in ["none", "gzip"] {
            let collector = Collector::start(&program, security);
            let mut more = more.to_vec();
            more.push(("OTEL_EXPORTER_OTLP_COMPRESSION", compression));
            let said = one_request(&collector.endpoint(protocol), protocol, &more);
            assert_eq!(said.lines().count(), 1, "more than the banner: {said}");
            let items = parse(&collector.output());
            println!("{protocol} {compression}: {} items", items.len());
            assert_all_there(&items);
        }
    }
}

#[track_caller]
fn assert_all_there(items: &[Item]) {
    for item in items {
        item.assert_resource(&[
            ("service.name", "Str(users of the house)"),
            ("service.version", "Str(0.1.0)"),
            ("deployment.environment.name", "Str(test)"),
            ("team", "Str(a,bé)"),
            ("telemetry.sdk.language", "Str(rust)"),
        ]);
    }
    let server = only(items, Kind::Span, "Name", "GET /users/{id}");
    assert_eq!(server.field("Kind"), "Server");
    assert_eq!(server.field("Trace ID"), TRACE_ID);
    assert_eq!(server.field("Parent ID"), CALLER);
    assert_eq!(server.field("Status code"), "Unset");
    server.assert_attributes(&[
        ("http.request.method", "Str(GET)"),
        ("http.route", "Str(/users/{id})"),
        ("http.response.status_code", "Int(200)"),
        ("url.path", "Str(/users/7)"),
        ("url.scheme", "Str(http)"),
    ]);
    let function = only(items, Kind::Span, "Name", "look_up");
    assert_eq!(function.field("Kind"), "Internal");
    assert_eq!(function.field("Trace ID"), TRACE_ID);
    assert_eq!(function.field("Parent ID"), server.field("ID"));

    let duration = only(
        items,
        Kind::DataPoint,
        "Name",
        "http.server.request.duration",
    );
    assert_eq!(duration.scope, "otel-auto-tower 0.1.0");
    assert_eq!(duration.field("Unit"), "s");
    assert_eq!(duration.field("DataType"), "Histogram");
    assert_eq!(duration.field("AggregationTemporality"), "Cumulative");
    assert_eq!(duration.field("Count"), "1");
    assert_eq!(duration.field("ExplicitBounds #0"), "0.005000");
    duration.assert_attributes(&[
        ("http.request.method", "Str(GET)"),
        ("http.route", "Str(/users/{id})"),
        ("http.response.status_code", "Int(200)"),
    ]);
    let lookups = only(items, Kind::DataPoint, "Name", "program.lookups");
    assert_eq!(lookups.scope, "the program");
    assert_eq!(lookups.field("Unit"), "{lookup}");
    assert_eq!(lookups.field("IsMonotonic"), "true");
    assert_eq!(lookups.field("Value"), "3");
    lookups.assert_attributes(&[("table", "Str(users)")]);

    let record = only(items, Kind::LogRecord, "Body", "Str(looked up)");
    assert_eq!(record.field("SeverityText"), "INFO");
    assert_eq!(record.field("SeverityNumber"), "Info(9)");
    assert_eq!(record.field("Trace ID"), TRACE_ID);
    assert_eq!(record.field("Span ID"), function.field("ID"));
    record.assert_attributes(&[
        ("answer", "Int(42)"),
        ("exact", "Double(0.5)"),
        ("user", "Int(7)"),
    ]);
}

#[track_caller]
fn only<'a>(items: &'a [Item], kind: Kind, field: &str, value: &str) -> &'a Item {
    let found = find(items, kind, field, value);
    assert_eq!(found.len(), 1, "{field} {value} of {items:#?}");
    found[0]
}

#[test]
fn a_collector_shows_what_was_sent() {
    assert_arrives(Security::None, &[]);
}

#[test]
fn a_collector_shows_what_was_sent_over_tls() {
    let authority = Authority::new();
    let ca = authority.path("ca.pem");
    assert_arrives(
        Security::Tls(&authority),
        &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &ca)],
    );
}

#[test]
fn a_collector_shows_what_was_sent_over_mutual_tls() {
    let authority = Authority::new();
    let ca = authority.path("ca.pem");
    let certificate = authority.path("client.pem");
    let key = authority.path("client-key.pem");
    assert_arrives(
        Security::MutualTls(&authority),
        &[
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &ca),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &key),
        ],
    );
}

/// That nothing arrives, and what the program says of it.
#[track_caller]
fn assert_told(
    collector: &Collector,
    endpoint: &str,
    protocol: &str,
    more: &[(&str, &str)],
    expected: &str,
) {
    let said = one_request(endpoint, protocol, more);
    assert!(said.contains(expected), "{protocol} {endpoint}: {said}");
    assert!(said.contains("1 log record"), "{said}");
    assert_eq!(collector.output(), "", "{said}");
}

#[test]
fn a_client_that_the_collector_does_not_trust_is_told() {
    let Some(program) = server::program() else {
        return;
    };
    let authority = Authority::new();
    let ca = authority.path("ca.pem");
    let collector = Collector::start(&program, Security::MutualTls(&authority));
    for protocol in PROTOCOLS {
        let endpoint = collector.endpoint(protocol);
        let trust = [("OTEL_EXPORTER_OTLP_CERTIFICATE", ca.as_str())];
        assert_told(
            &collector,
            &endpoint,
            protocol,
            &trust,
            "set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and",
        );
    }
}

#[test]
fn a_collector_that_the_client_does_not_trust_is_told() {
    let Some(program) = server::program() else {
        return;
    };
    let authority = Authority::new();
    let stranger = Authority::new();
    let ca = stranger.path("ca.pem");
    let collector = Collector::start(&program, Security::Tls(&authority));
    for protocol in PROTOCOLS {
        let endpoint = collector.endpoint(protocol);
        let trust = [("OTEL_EXPORTER_OTLP_CERTIFICATE", ca.as_str())];
        assert_told(&collector, &endpoint, protocol, &trust, "UnknownIssuer");
    }
}

#[test]
fn the_other_protocols_port_and_a_wrong_scheme_are_told() {
    let Some(program) = server::program() else {
        return;
    };
    let authority = Authority::new();
    let plain = Collector::start(&program, Security::None);
    let secure = Collector::start(&program, Security::Tls(&authority));
    for (protocol, other) in [("grpc", "http/protobuf"), ("http/protobuf", "grpc")] {
        assert_told(&plain, &plain.endpoint(other), protocol, &[], "speaks");
        let without_tls = secure.endpoint(protocol).replace("https", "http");
        assert_told(&secure, &without_tls, protocol, &[], "TLS");
        let with_tls = plain.endpoint(protocol).replace("http", "https");
        assert_told(&plain, &with_tls, protocol, &[], "try http://");
    }
    let doubled = format!("{}/v1/traces", plain.endpoint("http/protobuf"));
    assert_told(
        &plain,
        &doubled,
        "http/protobuf",
        &[],
        "the path is doubled",
    );
}
