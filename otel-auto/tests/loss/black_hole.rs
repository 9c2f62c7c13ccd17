//! 10,000 requests while the receiver takes everything and answers nothing.

use std::{fs, time::Instant};

use axum::{Router, routing::get};
use otel_auto::tower::HttpServerLayer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    cases::{say, work},
    program::{silent, start},
};

const REQUESTS: usize = 10_000;
/// Queues of 2,048 spans and as many log records, one batch of each under way, allocator slack: far below what 10,000
/// requests' telemetry takes twice over.
const GROWTH: u64 = 48 * 1024;
/// A request of this test does nothing else than make telemetry, in a debug build: a bound for what blocks, not for
/// what it costs.
const SLOWER: f64 = 8.0;

/// The program: a server, and a client that asks again and again. Prints the median latency and how far the resident
/// memory grew after the first tenth.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let _otel = otel_auto::init!();
        let handler = async || {
            work();
            "hello"
        };
        let app = Router::new()
            .route("/users/{id}", get(handler))
            .layer(HttpServerLayer::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut took = Vec::with_capacity(REQUESTS);
        let mut answer = [0; 4096];
        let mut resident_before = 0;
        for request in 0..REQUESTS {
            if request == REQUESTS / 10 {
                resident_before = resident();
            }
            let started = Instant::now();
            let head = format!("GET /users/{request} HTTP/1.1\r\nhost: h\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut end = 0;
            while !answer[..end].ends_with(b"hello") {
                end += stream.read(&mut answer[end..]).await.unwrap();
            }
            took.push(started.elapsed().as_nanos());
        }
        took.sort_unstable();
        say(&format!(
            "median {} p99 {} grew {}",
            took[REQUESTS / 2],
            took[REQUESTS * 99 / 100],
            resident().saturating_sub(resident_before)
        ));
    });
}

/// The resident memory of this process in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Median and 99th percentile in nanoseconds, and growth in KiB.
fn measure(environment: &[(&str, &str)]) -> (f64, f64, u64) {
    let mut program = start("serves", environment);
    program.wait_for("grew ");
    let end = program.end_soon();
    assert!(end.status.success(), "{}", end.said);
    let line = end
        .printed
        .lines()
        .find_map(|line| line.split_once("median "))
        .unwrap()
        .1;
    let numbers: Vec<_> = line.split(' ').collect();
    (
        numbers[0].parse().unwrap(),
        numbers[2].parse().unwrap(),
        numbers[4].parse().unwrap(),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_requests_before_a_black_hole_are_not_held_up_and_fill_no_memory() {
    let (bare, bare_99, _) = measure(&[("OTEL_SDK_DISABLED", "true")]);
    for protocol in ["http/protobuf", "grpc"] {
        let receiver = silent();
        let (median, p99, grew) = measure(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
        ]);
        println!("{protocol}: median {median}/{bare} p99 {p99}/{bare_99} ns, grew {grew} KiB");
        assert!(
            median / bare < SLOWER,
            "{protocol}: median {median} against {bare} ns, p99 {p99} against {bare_99}"
        );
        assert!(grew < GROWTH, "{protocol}: grew {grew} KiB");
    }
}
