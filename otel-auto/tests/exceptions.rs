//! Errors and panics of a service after `init()`, as a receiver gets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod support;

use std::{error::Error, fmt, num::ParseIntError, sync::atomic::AtomicBool, time::Duration};

use axum::{Router, http::StatusCode, routing::get};
use otel_auto::{instrumented, tower::HttpServerLayer};
use otel_auto_testing::receiver::{LogRecord, Receiver, Span};
use support::{CASE, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_http::catch_panic::CatchPanicLayer;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection refused")
    }
}

impl Error for Refused {}

/// An error like anyhow's or eyre's: it is none itself, and leads to one.
struct Report(Box<dyn Error + Send + Sync>);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not load")
    }
}

impl std::ops::Deref for Report {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

#[instrumented]
async fn connect() -> Result<(), Refused> {
    tokio::task::yield_now().await;
    Err(Refused)
}

#[instrumented]
async fn load() -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(connect().await?)
}

#[instrumented]
async fn page() -> Result<(), Report> {
    load().await.map_err(Report)
}

#[instrumented]
fn parse() -> Result<i32, Box<dyn Error>> {
    Ok("x".parse::<i32>()?)
}

#[instrumented(ok_if = |_| true)]
fn expected() -> Result<(), Refused> {
    Err(Refused)
}

#[instrumented(err = |_: &ParseIntError| "not_a_number")]
fn named() -> Result<i32, ParseIntError> {
    "x".parse()
}

async fn fails() -> StatusCode {
    match page().await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn parses() -> &'static str {
    parse().unwrap_err();
    expected().unwrap_err();
    "done"
}

async fn is_named() -> &'static str {
    named().unwrap_err();
    "done"
}

async fn answers_500() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[instrumented]
async fn breaks() {
    tokio::task::yield_now().await;
    panic!("on {}", "purpose");
}

static HOOKED: AtomicBool = AtomicBool::new(false);

async fn ask(address: std::net::SocketAddr, path: &str) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // Nothing comes from a handler that panics.
    let _ = stream.read_to_string(&mut answer).await;
}

/// The program: asks for each path.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    let ours = |info: &std::panic::PanicHookInfo<'_>| {
        HOOKED.store(true, std::sync::atomic::Ordering::Relaxed);
        eprintln!("the program's hook: {info}");
    };
    if case.contains("hook before") {
        std::panic::set_hook(Box::new(ours));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = otel_auto::init!();
        if case.contains("hook after") {
            std::panic::set_hook(Box::new(ours));
        }
        let app = Router::new()
            .route("/fails", get(fails))
            .route("/parses", get(parses))
            .route("/named", get(is_named))
            .route("/500", get(answers_500))
            .route("/breaks", get(breaks))
            .route("/caught", get(breaks).layer(CatchPanicLayer::new()))
            .layer(HttpServerLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        for path in case.split(' ').filter_map(|word| word.strip_prefix('/')) {
            ask(address, path).await;
        }
        if case.contains("hook") {
            assert!(HOOKED.load(std::sync::atomic::Ordering::Relaxed));
        }
        if case.contains("outside") {
            std::thread::spawn(|| panic!("nobody's"))
                .join()
                .unwrap_err();
        }
        otel.shutdown();
    });
    if case.contains("at last") {
        let _otel = otel_auto::init!();
        panic!("at last");
    }
}

struct Arrived {
    spans: Vec<Span>,
    logs: Vec<LogRecord>,
    said: String,
}

fn arrived(case: &str, environment: &[(&str, &str)]) -> Arrived {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut all = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("RUST_LOG", "off"),
        ("RUST_BACKTRACE", "0"),
    ];
    all.extend_from_slice(environment);
    let (output, _) = run(case, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    // Only what our own instrumentations count is expected.
    for metric in receiver.metrics() {
        assert!(!metric.name.starts_with("otel.sdk."), "{}", metric.name);
    }
    Arrived {
        spans: receiver.spans(),
        logs: receiver.logs(),
        said,
    }
}

impl Arrived {
    fn span(&self, name: &str) -> &Span {
        let found = self.spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name}: {:?}", self.spans))
    }

    /// Records: name, severity, type, message.
    fn logged(&self) -> Vec<String> {
        let lines = self.logs.iter().map(|record| {
            format!(
                "{} {} {}: {}",
                record.event_name,
                record.severity_text,
                record.attribute("exception.type").unwrap_or_default(),
                record.attribute("exception.message").unwrap_or_default()
            )
        });
        lines.collect()
    }

    /// Events: span, name, type.
    fn events(&self) -> Vec<String> {
        let events = self.spans.iter().flat_map(|span| {
            span.events.iter().map(move |event| {
                let found = event.attributes.iter().find(|a| a.key == "exception.type");
                let value = found.and_then(|a| a.value.as_ref()?.value.clone());
                format!("{} {} {value:?}", span.name, event.name)
            })
        });
        events.collect()
    }
}

#[test]
fn exceptions_go_where_the_variable_and_the_exporters_of_logs_say() {
    const VARIABLE: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
    for (logs, opt_in, logged, events) in [
        ("otlp", "", 1, 0),
        ("otlp", "logs", 1, 0),
        ("otlp", "logs/dup", 1, 1),
        ("otlp", "nonsense", 1, 0),
        ("none", "", 0, 1),
        ("none", "logs", 0, 0),
        ("none", "logs/dup", 0, 1),
        ("none", "nonsense", 0, 1),
    ] {
        let arrived = arrived(
            "/fails",
            &[("OTEL_LOGS_EXPORTER", logs), (VARIABLE, opt_in)],
        );
        let case = format!("{logs} {opt_in}: {}", arrived.said);
        let wanted = format!(
            "exception ERROR {}::Refused: connection refused",
            module_path!()
        );
        assert_eq!(arrived.logged(), vec![wanted; logged], "{case}");
        let found = arrived.events();
        assert_eq!(found.len(), events, "{case}: {found:?}");
        assert!(
            found
                .iter()
                .all(|event| event.starts_with("connect exception "))
        );
        let warned = arrived.said.matches(VARIABLE).count();
        assert_eq!(warned, usize::from(opt_in == "nonsense"), "{case}");
    }
}

#[test]
fn an_error_on_its_way_up_is_recorded_once_and_bound_to_where_it_began() {
    let arrived = arrived("/fails", &[]);
    assert_eq!(arrived.logs.len(), 1, "{:?}", arrived.logs);
    let (record, inner) = (&arrived.logs[0], arrived.span("connect"));
    assert_eq!(
        (&record.trace_id, &record.span_id),
        (&inner.trace_id, &inner.span_id)
    );
    assert_eq!(record.scope_name(), "otel-auto-macros");
    assert!(record.time_unix_nano >= inner.start_time_unix_nano);
    // All of them failed, as ever.
    for name in ["connect", "load", "page", "GET /fails"] {
        assert!(
            arrived.span(name).attribute("error.type").is_some(),
            "{name}"
        );
    }
}

#[test]
fn the_type_is_that_of_the_error_behind_others_or_of_the_one_that_has_a_name() {
    let arrived = arrived("/parses /named", &[]);
    assert_eq!(
        arrived.logged(),
        [
            "exception ERROR core::num::error::ParseIntError: invalid digit found in string",
            "exception ERROR core::num::error::ParseIntError: invalid digit found in string",
        ]
    );
    let named = arrived.span("named").attribute("error.type");
    assert_eq!(named.as_deref(), Some("not_a_number"));
}

#[test]
fn a_response_that_is_an_error_is_no_exception() {
    let arrived = arrived(
        "/500",
        &[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs/dup")],
    );
    assert_eq!((arrived.logged(), arrived.events()), (vec![], vec![]));
}

#[test]
fn an_exception_is_logged_although_its_trace_is_not_sampled() {
    for metrics in ["otlp", "none"] {
        let environment = [
            ("OTEL_TRACES_SAMPLER", "always_off"),
            ("OTEL_METRICS_EXPORTER", metrics),
        ];
        let arrived = arrived("/fails", &environment);
        assert_eq!(arrived.logs.len(), 1, "{:?}", arrived.logs);
        assert!(!arrived.logs[0].trace_id.is_empty());
        assert_eq!(arrived.logs[0].flags, 0);
        assert!(arrived.spans.is_empty());
    }
}

#[test]
fn a_panic_in_a_handler_is_recorded_once_with_message_and_place() {
    let arrived = arrived("/breaks /breaks", &[]);
    assert_eq!(arrived.logged(), ["exception ERROR panic: on purpose"; 2]);
    let (record, span) = (&arrived.logs[0], arrived.span("breaks"));
    assert_eq!(
        (&record.trace_id, &record.span_id),
        (&span.trace_id, &span.span_id)
    );
    assert_eq!(record.attribute("code.file.path").as_deref(), Some(file!()));
    assert!(record.attribute("code.line.number").is_some());
    assert_eq!(record.attribute("exception.stacktrace"), None);
    assert_eq!(record.scope_name(), "otel-auto");
    assert_eq!(
        arrived
            .span("GET /breaks")
            .attribute("error.type")
            .as_deref(),
        Some("panic")
    );
}

#[test]
fn a_panic_that_a_layer_makes_a_response_of_is_recorded_once() {
    // The layer says so itself, as an error.
    let arrived = arrived("/caught", &[("OTEL_RUST_LOGS_LEVEL", "off")]);
    assert_eq!(arrived.logged(), ["exception ERROR panic: on purpose"]);
    let request = arrived.span("GET /caught");
    let status = request.attribute("http.response.status_code");
    assert_eq!(status.as_deref(), Some("500"));
}

#[test]
fn a_panic_is_an_event_of_its_span_without_logs_and_a_record_outside_of_spans_with_them() {
    let without = arrived("/breaks outside", &[("OTEL_LOGS_EXPORTER", "none")]);
    let events = without.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].starts_with("breaks exception "), "{events:?}");
    let with = arrived("outside", &[]);
    assert_eq!(with.logged(), ["exception ERROR panic: nobody's"]);
    assert!(with.logs[0].trace_id.is_empty());
}

#[test]
fn a_panic_has_a_stack_trace_if_one_is_asked_for() {
    let arrived = arrived("/breaks", &[("RUST_BACKTRACE", "1")]);
    let trace = arrived.logs[0].attribute("exception.stacktrace").unwrap();
    assert!(trace.contains("exceptions::breaks"), "{trace}");
}

#[test]
fn the_programs_own_hook_is_called_whether_it_came_before_or_after() {
    let before = arrived("/breaks hook before", &[]);
    assert_eq!(before.logged(), ["exception ERROR panic: on purpose"]);
    // It took our place, so that the message is not known.
    let after = arrived("/breaks hook after", &[]);
    assert_eq!(after.logged(), ["exception ERROR panic: "]);
    for arrived in [before, after] {
        let told = arrived.said.matches("the program's hook").count();
        assert_eq!(told, 1, "{}", arrived.said);
    }
}

#[test]
fn without_the_hook_a_panic_is_recorded_by_its_operation() {
    let arrived = arrived("/breaks", &[("OTEL_RUST_FLUSH_ON_PANIC", "false")]);
    assert_eq!(arrived.logged(), ["exception ERROR panic: "]);
}

#[test]
fn a_panic_that_ends_main_is_exported_on_the_way_out() {
    let receiver = Receiver::start();
    let (output, took) = run(
        "at last",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert!(!output.status.success());
    assert!(took < Duration::from_secs(10), "{took:?}");
    let messages: Vec<_> = receiver
        .logs()
        .iter()
        .filter_map(|record| record.attribute("exception.message"))
        .collect();
    assert_eq!(messages, ["at last"]);
}
