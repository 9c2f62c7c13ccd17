//! The programs that are watched: what the child processes of these tests do.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::Path, routing::get};
use opentelemetry::{KeyValue, metrics::Counter};
use otel_auto::tower::HttpServerLayer;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::MissedTickBehavior,
};

/// What the request of [`one_request`] comes with.
pub(super) const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(super) const CALLER: &str = "00f067aa0ba902b7";

/// The load is a request in each of these.
const PACE: Duration = Duration::from_millis(4);

#[otel_auto::instrumented]
async fn look_up(id: u64) -> String {
    tracing::info!(answer = 42, exact = 0.5, user = id, "looked up");
    static LOOKUPS: LazyLock<Counter<u64>> = LazyLock::new(|| {
        opentelemetry::global::meter("the program")
            .u64_counter("program.lookups")
            .with_unit("{lookup}")
            .build()
    });
    LOOKUPS.add(3, &[KeyValue::new("table", "users")]);
    format!("user {id}")
}

/// A connection to a server of ours.
async fn serve() -> TcpStream {
    let users = get(async |Path(id): Path<u64>| look_up(id).await);
    let app = Router::new()
        .route("/users/{id}", users)
        .layer(HttpServerLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    TcpStream::connect(address).await.unwrap()
}

/// Sends a request on an open connection, and waits for the whole answer.
async fn request(client: &mut TcpStream, id: u64, headers: &str) {
    let request = format!("GET /users/{id} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let end = format!("\r\n\r\nuser {id}");
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        let read = client.read_buf(&mut answer).await.unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

/// One request with a remote parent; all that it leaves is exported when the program ends.
pub(super) async fn one_request() {
    let _otel = otel_auto::init!();
    let mut client = serve().await;
    let headers = format!("traceparent: 00-{TRACE_ID}-{CALLER}-01\r\n");
    request(&mut client, 7, &headers).await;
    println!("the app worked");
}

/// Requests without end, numbered from 0. Each line on stdin is answered with the number of the next request; when
/// stdin ends, so does the program, and says how many requests there were and how long the slowest one took.
pub(super) async fn load() {
    let otel = otel_auto::init!();
    let mut client = serve().await;
    let next = Arc::new(AtomicU64::new(0));
    let enough = Arc::new(AtomicBool::new(false));
    let driver = {
        let (next, enough) = (Arc::clone(&next), Arc::clone(&enough));
        tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            let mut pace = tokio::time::interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while !enough.load(Ordering::Acquire) {
                pace.tick().await;
                let begin = Instant::now();
                request(&mut client, next.load(Ordering::Acquire), "").await;
                slowest = slowest.max(begin.elapsed());
                next.fetch_add(1, Ordering::AcqRel);
            }
            slowest
        })
    };
    let mut questions = BufReader::new(tokio::io::stdin()).lines();
    while questions.next_line().await.unwrap().is_some() {
        assert!(!driver.is_finished(), "a request failed");
        println!("next {}", next.load(Ordering::Acquire));
    }
    enough.store(true, Ordering::Release);
    let slowest = driver.await.unwrap();
    drop(otel);
    println!("requests {}", next.load(Ordering::Acquire));
    println!("slowest {}", slowest.as_millis());
}
