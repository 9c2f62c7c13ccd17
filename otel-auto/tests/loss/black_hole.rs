//! 10,000 requests while the receiver takes everything and answers nothing, beside as many without telemetry and with a
//! receiver that answers. The services run side by side and are asked in turns, so that what the machine does by itself
//! is known and does the same to each.

use std::{
    fs,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use otel_auto::tower::HttpServerLayer;
use otel_auto_testing::receiver::Receiver;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    cases::{say, work},
    program::{Program, silent, start},
};

const ROUNDS: usize = 10;
const CONNECTIONS: usize = 20;
/// Of one connection in one round: 10,000 in all.
const REQUESTS: usize = 50;
/// Of one connection: together 1,300 a second, which a debug build has time for.
const EACH: Duration = Duration::from_millis(15);
/// What a handler waits for its database.
const QUERY: Duration = Duration::from_millis(2);
/// What a timer and a scheduler do by themselves. In a debug build telemetry costs ten times as much, and this runs beside
/// all other tests: then it is a bound for what waits, not for what it costs.
const LEAST_NOISE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 15 } else { 2 });
/// With full queues of 2,048 spans and as many log records it grows by 1 MiB; with queues that hold everything by 12.
const GROWTH: u64 = 6 * 1024;
const TIMEOUT: Duration = Duration::from_millis(500);
/// An exit beyond the time-out: joining threads and ending the process, on a busy machine.
const ENDING: Duration = Duration::from_millis(1000);

/// The longest that a service lives.
const LIMIT: Duration = Duration::from_secs(120);

/// The program: a service, until it is asked for its end.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let _otel = otel_auto::init!();
        let over = Arc::new(Notify::new());
        let end = Arc::clone(&over);
        let handler = async || {
            sleep(QUERY).await;
            work();
            "hello"
        };
        let app = Router::new()
            .route("/users/{id}", get(handler))
            .route("/end", get(async move || end.notify_one()))
            .layer(HttpServerLayer::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        say(&format!("serves at {};", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        // Nobody asks when the test has failed.
        let _ = timeout(LIMIT, over.notified()).await;
    });
}

/// A running service, and what was measured of it.
struct Service {
    name: &'static str,
    program: Program,
    address: SocketAddr,
    connections: Vec<TcpStream>,
    /// The 99th percentile of the latency in each round.
    p99: Vec<Duration>,
    /// In KiB, after the first round.
    resident: u64,
}

impl Service {
    async fn start(name: &'static str, environment: &[(&str, &str)]) -> Self {
        let mut program = start("serves", environment);
        program.wait_for(";");
        let printed = program.printed();
        let (_, address) = printed.split_once("serves at ").unwrap();
        let address = address.split_once(';').unwrap().0.parse().unwrap();
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            connections.push(stream);
        }
        Self {
            name,
            program,
            address,
            connections,
            p99: Vec::new(),
            resident: 0,
        }
    }

    async fn with_receiver(name: &'static str, receiver: &Receiver, protocol: &str) -> Self {
        let timeout = TIMEOUT.as_millis().to_string();
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
            ("OTEL_RUST_SHUTDOWN_TIMEOUT", &timeout),
        ];
        Self::start(name, &environment).await
    }

    /// Asks on all connections, and notes the 99th percentile.
    async fn round(&mut self) {
        let mut clients = JoinSet::new();
        for (number, stream) in self.connections.drain(..).enumerate() {
            clients.spawn(client(stream, EACH * number as u32 / CONNECTIONS as u32));
        }
        let mut all = Vec::new();
        for (stream, took) in clients.join_all().await {
            self.connections.push(stream);
            all.extend(took);
        }
        all.sort_unstable();
        self.p99.push(all[all.len() * 99 / 100]);
        if self.p99.len() == 1 {
            self.resident = resident(self.program.id());
        }
    }

    fn typical(&self) -> Duration {
        let mut p99 = self.p99.clone();
        p99.sort_unstable();
        p99[p99.len() / 2]
    }

    /// How far the rounds are from one another.
    fn spread(&self) -> Duration {
        *self.p99.iter().max().unwrap() - *self.p99.iter().min().unwrap()
    }

    /// Ends it: how far its memory grew, and how long its end took.
    async fn end(self) -> (u64, Duration) {
        let grew = resident(self.program.id()).saturating_sub(self.resident);
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let begun = Instant::now();
        stream.write_all(&request("/end")).await.unwrap();
        let end = self.program.end_soon();
        assert!(end.status.success(), "{}: {}", self.name, end.said);
        (grew, begun.elapsed())
    }
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n").into_bytes()
}

/// Asks at a steady pace; the latencies.
async fn client(mut stream: TcpStream, later: Duration) -> (TcpStream, Vec<Duration>) {
    sleep(later).await;
    let mut pace = interval(EACH);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::with_capacity(REQUESTS);
    let mut answer = [0; 4096];
    for number in 0..REQUESTS {
        pace.tick().await;
        let begun = Instant::now();
        let request = request(&format!("/users/{number}"));
        stream.write_all(&request).await.unwrap();
        let mut end = 0;
        while !answer[..end].ends_with(b"hello") {
            end += stream.read(&mut answer[end..]).await.unwrap();
        }
        took.push(begun.elapsed());
    }
    (stream, took)
}

/// The resident memory of a process in KiB.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_requests_before_a_black_hole_are_not_held_up_and_fill_no_memory() {
    let (receiver, hole) = (Receiver::start(), silent());
    let mut services = [
        Service::start("no telemetry", &[("OTEL_SDK_DISABLED", "true")]).await,
        Service::with_receiver("live", &receiver, "http/protobuf").await,
        Service::with_receiver("black hole, http/protobuf", &hole, "http/protobuf").await,
        Service::with_receiver("black hole, grpc", &hole, "grpc").await,
    ];
    for _ in 0..ROUNDS {
        for service in &mut services {
            service.round().await;
        }
    }
    let noise = services[0].spread().max(LEAST_NOISE);
    let [bare, live, black @ ..] = services;
    let (without, with) = (bare.typical(), live.typical());
    println!(
        "noise {noise:.2?}, p99 of the typical round: no telemetry {without:.2?}, live {with:.2?}"
    );
    bare.end().await;
    live.end().await;
    for service in black {
        let (name, p99) = (service.name, service.typical());
        let (grew, ended) = service.end().await;
        println!("{name}: {p99:.2?}, grew {grew} KiB, ended in {ended:.2?}");
        assert!(
            p99 <= without + noise,
            "{name}: p99 {p99:?}, without telemetry {without:?}, noise {noise:?}"
        );
        assert!(
            p99 <= with + noise,
            "{name}: p99 {p99:?}, live {with:?}, noise {noise:?}"
        );
        assert!(grew < GROWTH, "{name}: grew {grew} KiB");
        assert!(ended < TIMEOUT + ENDING, "{name}: ended in {ended:?}");
    }
}
