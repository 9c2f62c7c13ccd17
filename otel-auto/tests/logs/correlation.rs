//! Each line and each record inside of a request has the ids of that request, whatever runs it: a service under load,
//! whose callers choose the trace id, so that it is known from the request's number in the message.

use std::collections::HashMap;

use axum::{Router, extract::Path, routing::get};
use otel_auto::{InTrace, TraceIds, in_trace, instrumented, tower::HttpServerLayer};
use otel_auto_testing::receiver::Receiver;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, sleep},
};
use tracing::Instrument;
use tracing_subscriber::{fmt, prelude::*};

use crate::support::command;

const CONNECTIONS: u128 = 50;
const REQUESTS: u128 = 10;
/// Of one request.
const LINES: u128 = 16;

/// A line that tells its request, and the span that it belongs to.
macro_rules! say {
    ($($log:ident)::+, $span:literal, $request:expr) => {
        $($log)::+!("request={} span={};", $request, $span)
    };
}

async fn pause() {
    sleep(Duration::from_millis(1)).await;
}

#[tracing::instrument(skip_all)]
async fn theirs(request: u128) {
    say!(tracing::info, "theirs", request);
    pause().await;
    say!(log::info, "theirs", request);
}

#[instrumented]
async fn ours(request: u128) {
    say!(tracing::info, "ours", request);
    pause().await;
    say!(log::warn, "ours", request);
}

async fn handler(Path(request): Path<u128>) -> &'static str {
    say!(tracing::info, "GET", request);
    let in_span = async move {
        say!(tracing::info, "GET", request);
        pause().await;
        say!(log::info, "GET", request);
        theirs(request).await;
    };
    let by_tracing = tokio::spawn(in_span.in_current_span());
    pause().await;
    say!(log::info, "GET", request);
    let by_us = otel_auto::spawn(async move {
        pause().await;
        say!(tracing::info, "GET", request);
        ours(request).await;
        say!(tracing::warn, "GET", request);
    });
    let blocking = otel_auto::spawn_blocking(move || {
        say!(tracing::info, "GET", request);
        say!(log::info, "GET", request);
    });
    let thread = std::thread::spawn(in_trace(move || say!(tracing::info, "GET", request)));
    let joined = tokio::spawn(async move { say!(log::error, "GET", request) }.in_trace());
    for task in [by_tracing, by_us, blocking, joined] {
        task.await.unwrap();
    }
    thread.join().unwrap();
    say!(tracing::error, "GET", request);
    say!(tracing::info, "GET", request);
    "done"
}

/// The program.
pub(crate) fn run(case: &str) {
    if case.ends_with("JSON") {
        tracing_subscriber::registry()
            .with(fmt::layer().json().map_event_format(TraceIds::new))
            .with(otel_auto::tracing_layer())
            .init();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = otel_auto::init!();
        let app = Router::new()
            .route("/{request}", get(handler))
            .layer(HttpServerLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let clients = (0..CONNECTIONS).map(|connection| {
            tokio::spawn(async move {
                for number in 1..=REQUESTS {
                    let request = connection * REQUESTS + number;
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    let head = format!(
                        "GET /{request} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\
                         traceparent: 00-{request:032x}-00000000000000ff-01\r\n\r\n"
                    );
                    stream.write_all(head.as_bytes()).await.unwrap();
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).await.unwrap();
                    assert!(answer.ends_with("done"), "{answer}");
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
        otel.shutdown();
    });
}

/// What follows `before`, up to what is no part of a number or a name.
fn after<'a>(line: &'a str, before: &str) -> &'a str {
    let (_, rest) = line
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {line}"));
    let end = rest.find(|char: char| !char.is_ascii_alphanumeric());
    &rest[..end.unwrap_or(rest.len())]
}

fn check(case: &str, trace_id: &str, span_id: &str) {
    let receiver = Receiver::start();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "65536".to_owned()),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "65536".to_owned()),
        ("RUST_LOG", "info".to_owned()),
    ];
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let output = command(case, &environment).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{printed}");

    let spans = receiver.spans();
    let spans: HashMap<String, _> = spans.iter().map(|span| (span.span_id(), span)).collect();
    let belongs = |message: &str, trace: &str, span: &str| {
        let request: u128 = after(message, "request=").parse().unwrap();
        assert_eq!(trace, format!("{request:032x}"), "{message}");
        let span = spans
            .get(span)
            .unwrap_or_else(|| panic!("no span {span}: {message}"));
        assert_eq!(span.trace_id(), trace, "{message}");
        let name = span.name.split(' ').next().unwrap();
        assert_eq!(name, after(message, "span="), "{message}");
    };
    let mut lines = 0;
    for line in printed.lines().filter(|line| line.contains("request=")) {
        belongs(line, after(line, trace_id), after(line, span_id));
        lines += 1;
    }
    assert_eq!(lines, CONNECTIONS * REQUESTS * LINES);
    let records = receiver.logs();
    for record in &records {
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        let message = record.body_text();
        belongs(&message, &hex(&record.trace_id), &hex(&record.span_id));
    }
    assert_eq!(records.len() as u128, CONNECTIONS * REQUESTS * LINES);
}

#[test]
fn under_load_each_printed_line_and_each_record_has_the_ids_of_its_request() {
    check("serves in text", "trace_id=", "span_id=");
}

#[test]
fn the_same_holds_in_json() {
    check("serves in JSON", "\"trace_id\":\"", "\"span_id\":\"");
}
