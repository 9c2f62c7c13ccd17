//! Settings that are seen in what is exported: each case is a process of its own, this test run again for one case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::time::Duration;

use axum::{Router, routing::get};
use opentelemetry::{
    KeyValue,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto::{Providers, Settings, settings::Matcher, tower::HttpServerLayer};
use otel_auto_testing::receiver::Receiver;
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

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
    runtime.block_on(async {
        let _otel = match case.as_str() {
            "controls in code" => otel_auto::builder().settings(change).init(),
            _ => otel_auto::init!(),
        };
        match case.as_str() {
            "controls" => assert_controls(),
            "controls in code" => assert_controls_in_code(),
            "a server" => {
                tracing::info!(user = "someone", "a log record");
                serve_one().await;
            }
            "many sets of attributes" => {
                let counter = opentelemetry::global::meter("test")
                    .u64_counter("orders")
                    .build();
                for n in 0..20 {
                    counter.add(1, &[KeyValue::new("n", n)]);
                }
            }
            "a job's step" => {
                let step = async {
                    let span = opentelemetry::global::tracer("test").start("step");
                    opentelemetry::Context::current_with_span(span).span().end();
                };
                step.with_context(otel_auto::environment_context()).await;
            }
            other => panic!("no such case: {other}"),
        }
    });
}

/// What [`CONTROLS`] make of the settings that instrumentations obey.
fn assert_controls() {
    let providers = Providers::installed().unwrap();
    let settings = providers.settings();
    let excluded = settings.http.excluded_urls.of("tower").unwrap();
    assert!(excluded.is_match("http://h/healthz"));
    assert!(!excluded.is_match("http://h/users/7"));
    assert!(!settings.instrumentations.traces("redis"));
    assert!(settings.instrumentations.traces("tower"));
    assert!(!settings.instrumentations.metrics("tower"));
    assert!(settings.http.server_headers.request[0].is_match("x-tenant"));
    assert_eq!(settings.peer_services[0].name, "orders");
}

/// Adds to [`CONTROLS`], and overrides them.
fn change(settings: &mut Settings) {
    // What the environment says is there already.
    assert!(!settings.instrumentations.metrics("tower"));
    settings.instrumentations.without_metrics.remove("tower");
    settings.http.excluded_urls.all = Some(Matcher::exact("http://h/ping"));
    let header = Matcher::exact("x-request-id");
    settings.http.server_headers.request.push(header);
    settings.http.body_sizes = true;
    settings.instrumentations.disable("memcached");
}

fn assert_controls_in_code() {
    let providers = Providers::installed().unwrap();
    let settings = providers.settings();
    assert!(settings.instrumentations.metrics("tower"));
    let excluded = settings.http.excluded_urls.of("tower").unwrap();
    assert!(excluded.is_match("http://h/ping"));
    assert!(!excluded.is_match("http://h/healthz"));
    let captured = &settings.http.server_headers.request;
    for name in ["x-tenant", "x-request-id"] {
        assert!(captured.iter().any(|header| header.is_match(name)));
    }
    assert!(!settings.instrumentations.traces("redis"));
    assert!(settings.http.body_sizes);
}

/// A request of a B3 client through a real server with our layer.
async fn serve_one() {
    let app = Router::new()
        .route("/users/{id}", get(async || "hello"))
        .layer(HttpServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /users/7 HTTP/1.1\r\nhost: h\r\nb3: {TRACE}-00f067aa0ba902b7-1\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
    server.abort();
}

#[track_caller]
fn assert_runs(case: &str, environment: &[(&str, &str)]) -> String {
    let (output, _) = run(case, environment);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// What the Kubernetes Operator puts into a container that asks for nothing but the SDK (`inject-sdk`).
const INJECTED: [(&str, &str); 16] = [
    ("OTEL_POD_IP", "10.244.0.17"),
    ("OTEL_NODE_IP", "172.18.0.2"),
    ("OTEL_SERVICE_NAME", "users"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.31.41.59:4317"),
    (
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "/otel-auto-instrumentation-secret-collector/ca.crt",
    ),
    (
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        "/otel-auto-instrumentation-secret-collector/tls.crt",
    ),
    (
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        "/otel-auto-instrumentation-secret-collector/tls.key",
    ),
    ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "users-7c9d-x2x4q"),
    (
        "OTEL_RESOURCE_ATTRIBUTES_POD_UID",
        "2f399ed7-c387-41ff-b4c9-b8f9ee7fbd11",
    ),
    ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "node-1"),
    ("OTEL_PROPAGATORS", "b3,xray"),
    ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
    ("OTEL_TRACES_SAMPLER_ARG", "1"),
    ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
    ("HOSTNAME", "users-7c9d-x2x4q"),
    (
        "OTEL_RESOURCE_ATTRIBUTES",
        "discount=100% off,k8s.container.name=app,k8s.deployment.name=users,k8s.namespace.name=shop,\
         k8s.node.name=node-1,k8s.pod.name=users-7c9d-x2x4q,k8s.replicaset.name=users-7c9d,\
         service.instance.id=shop.users-7c9d-x2x4q.app,service.namespace=shop,\
         service.version=1.2@sha256:0123abcd",
    ),
];

#[test]
fn the_operators_environment_starts_cleanly_and_what_is_odd_is_said() {
    let said = assert_runs("a server", &INJECTED);
    let about = |name: &str| {
        let start = format!("otel-auto: {name}=");
        said.lines().filter(|line| line.starts_with(&start)).count()
    };
    assert_eq!(about("OTEL_EXPORTER_OTLP_ENDPOINT"), 1, "{said}");
    assert!(said.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "{said}");
    assert_eq!(about("OTEL_RESOURCE_ATTRIBUTES"), 1, "{said}");
    assert!(
        said.contains(
            "has a `%` that encodes nothing, in discount; using these as they are written"
        ),
        "{said}"
    );
    assert_eq!(about("OTEL_PROPAGATORS"), 0, "{said}");
    assert!(said.contains("service=users 1.2@sha256:0123abcd"), "{said}");
}

#[test]
fn the_operators_attributes_and_propagators_are_in_what_is_exported() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = INJECTED.to_vec();
    environment.retain(|(name, _)| *name != "OTEL_EXPORTER_OTLP_ENDPOINT");
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let said = assert_runs("a server", &environment);
    let spans = receiver.wait_for_spans(1, Duration::from_secs(5));
    assert_eq!(spans.len(), 1, "{said}");
    for (key, value) in [
        ("service.name", "users"),
        ("service.version", "1.2@sha256:0123abcd"),
        ("service.namespace", "shop"),
        ("service.instance.id", "shop.users-7c9d-x2x4q.app"),
        ("discount", "100% off"),
        ("k8s.pod.name", "users-7c9d-x2x4q"),
        ("k8s.pod.uid", "2f399ed7-c387-41ff-b4c9-b8f9ee7fbd11"),
        ("k8s.node.name", "node-1"),
        ("k8s.container.name", "app"),
        ("k8s.deployment.name", "users"),
        ("k8s.replicaset.name", "users-7c9d"),
    ] {
        let found = spans[0].resource_attribute(key);
        assert_eq!(found.as_deref(), Some(value), "{key}");
    }
    assert_eq!(spans[0].trace_id(), TRACE);
    assert_eq!(spans[0].parent_span_id(), "00f067aa0ba902b7");
}

#[test]
fn values_are_cut_in_spans_and_log_records() {
    let receiver = Receiver::start();
    assert_runs(
        "a server",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4"),
            ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
        ],
    );
    let spans = receiver.wait_for_spans(1, Duration::from_secs(5));
    assert_eq!(spans[0].name, "GET /users/{id}");
    assert_eq!(spans[0].attribute("url.path").as_deref(), Some("/use"));
    let logs = receiver.wait_for_logs(1, Duration::from_secs(5));
    assert_eq!(logs[0].attribute("user").as_deref(), Some("so"));
    assert_eq!(logs[0].body_text(), "a log record");
}

#[test]
fn histograms_are_exponential_where_asked_for_in_spite_of_our_own_boundaries() {
    for (aggregation, exponential) in [
        ("explicit_bucket_histogram", false),
        ("base2_exponential_bucket_histogram", true),
    ] {
        let receiver = Receiver::start();
        assert_runs(
            "a server",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
                (
                    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                    aggregation,
                ),
                // A second reason for a view must not change the boundaries.
                ("OTEL_RUST_METRICS_CARDINALITY_LIMIT", "100"),
            ],
        );
        let metrics = receiver.wait_for_metrics(1, Duration::from_secs(5));
        let duration = metrics
            .iter()
            .find(|metric| metric.name == "http.server.request.duration")
            .unwrap();
        let shown = format!("{:?}", duration.data);
        assert_eq!(
            shown.contains("ExponentialHistogram"),
            exponential,
            "{shown}"
        );
        // The convention's boundaries.
        assert_eq!(shown.contains("0.005"), !exponential, "{shown}");
    }
}

#[test]
fn a_remote_sampler_that_cannot_be_reached_samples_its_initial_share() {
    let dead = Receiver::start();
    let sampling = dead.endpoint();
    dead.stop();
    for (share, spans) in [("1", 1), ("0", 0)] {
        let receiver = Receiver::start();
        let argument = format!("endpoint={sampling},initialSamplingRate={share}");
        let said = assert_runs(
            "a server",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
                ("OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote"),
                ("OTEL_TRACES_SAMPLER_ARG", &argument),
            ],
        );
        let banner = format!("· parentbased_jaeger_remote {sampling}");
        assert!(said.contains(&banner), "{said}");
        // The process has ended, so all that it had to send was sent.
        assert!(!receiver.metrics().is_empty(), "{said}");
        assert_eq!(receiver.spans().len(), spans, "{said}");
    }
}

#[test]
fn sets_of_attributes_beyond_the_limit_are_counted_together() {
    let receiver = Receiver::start();
    assert_runs(
        "many sets of attributes",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_METRICS_CARDINALITY_LIMIT", "5"),
        ],
    );
    let metrics = receiver.wait_for_metrics(1, Duration::from_secs(5));
    let orders = metrics.iter().find(|metric| metric.name == "orders");
    let shown = format!("{:?}", orders.unwrap().data);
    assert!(shown.contains("otel.metric.overflow"), "{shown}");
    let points = shown.matches("NumberDataPoint").count();
    assert!((5..=6).contains(&points), "{points} {shown}");
}

#[test]
fn a_step_of_a_traced_job_is_a_part_of_its_trace() {
    let receiver = Receiver::start();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    assert_runs(
        "a job's step",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("TRACEPARENT", &parent),
        ],
    );
    let spans = receiver.wait_for_spans(1, Duration::from_secs(5));
    assert_eq!(spans[0].trace_id(), TRACE);
    assert_eq!(spans[0].parent_span_id(), "00f067aa0ba902b7");
}

#[test]
fn what_cannot_be_honoured_is_mentioned_at_debug_alone() {
    let nowhere = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "http/dup"),
    ];
    for (level, times) in [("info", 0), ("debug", 1)] {
        let mut environment = nowhere.to_vec();
        environment.push(("OTEL_LOG_LEVEL", level));
        let said = assert_runs("a server", &environment);
        for name in [
            "OTEL_METRICS_EXEMPLAR_FILTER",
            "OTEL_SEMCONV_STABILITY_OPT_IN",
        ] {
            let line = format!("otel-auto: {name} has no effect: ");
            assert_eq!(said.matches(&line).count(), times, "{said}");
        }
    }
}

const CONTROLS: [(&str, &str); 7] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
    ("OTEL_RUST_EXCLUDED_URLS", "/healthz$,/readyz$"),
    ("OTEL_RUST_DISABLED_INSTRUMENTATIONS", "redis"),
    ("OTEL_RUST_METRICS_TOWER_ENABLED", "false"),
    (
        "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
        "X-Tenant",
    ),
];

#[test]
fn what_the_environment_says_reaches_the_instrumentations() {
    let mut environment = CONTROLS.to_vec();
    environment.push(("OTEL_RUST_SERVICE_PEER_MAPPING", "10.0.0.7:5432=orders"));
    assert_runs("controls", &environment);
}

#[test]
fn code_changes_what_the_environment_says() {
    assert_runs("controls in code", &CONTROLS);
}

#[test]
fn an_expression_that_cannot_be_used_is_said_once_and_stops_nothing() {
    let said = assert_runs(
        "a server",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_RUST_EXCLUDED_URLS", "/healthz$,(,"),
        ],
    );
    let line = "otel-auto: OTEL_RUST_EXCLUDED_URLS=\"/healthz$,(,\" holds \"(\", which is no regular expression: \
                unclosed group; leaving that out";
    assert_eq!(said.matches(line).count(), 1, "{said}");
    assert_eq!(said.matches("EXCLUDED_URLS").count(), 1, "{said}");
}

#[test]
fn controls_are_told_with_the_variable_or_the_code_that_decides() {
    let mut environment = CONTROLS.to_vec();
    environment.extend([
        ("OTEL_RUST_DIAGNOSE", "1"),
        ("OTEL_RUST_TRACES_SQLX_ENABLED", "false"),
        (
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE",
            "x-.*",
        ),
        ("OTEL_RUST_HTTP_BODY_SIZE_ENABLED", "false"),
        ("OTEL_RUST_SERVICE_PEER_MAPPING", "h=a,[::1]:80/x=b"),
    ]);
    let said = assert_runs("controls in code", &environment);
    for line in [
        "· settings.http.excluded_urls, before code changed it, = /healthz$,/readyz$ (OTEL_RUST_EXCLUDED_URLS)",
        "· settings.http.client_headers.response = x-.* (OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE)",
        "· settings.http.body_sizes, before code changed it, = false (OTEL_RUST_HTTP_BODY_SIZE_ENABLED)",
        "· settings.peer_services = [::1]:80/x=b,h=a (OTEL_RUST_SERVICE_PEER_MAPPING)",
        "· settings.http.excluded_urls (code)",
        "· settings.instrumentations.without_metrics (code)",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    for (built_in, line) in [
        (
            cfg!(feature = "redis"),
            "· redis: off by OTEL_RUST_DISABLED_INSTRUMENTATIONS",
        ),
        (cfg!(feature = "memcached"), "· memcached: off by code"),
        (
            cfg!(feature = "sqlx"),
            "· sqlx: built in, without spans by OTEL_RUST_TRACES_SQLX_ENABLED, and not used so far",
        ),
    ] {
        assert_eq!(said.contains(line), built_in, "{line}: {said}");
    }
}
