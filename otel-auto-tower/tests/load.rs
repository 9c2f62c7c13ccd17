//! Thousands of requests over a hundred connections at once, many of them cut at random: nothing is left open, and
//! spans and durations are as many as requests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

extern crate self as otel_auto;

#[path = "../../otel-auto-macros/tests/support/private.rs"]
pub mod __private;

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::trace::SpanKind;
use otel_auto_core::opentelemetry;
use otel_auto_macros::instrumented;
use otel_auto_reqwest::RequestBuilderExt;
use otel_auto_testing::{Capture, SpanView};
use otel_auto_tower::HttpServerLayer;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::{sleep, timeout},
};
use tower::util::MapRequestLayer;

const CONNECTIONS: u64 = 100;
const REQUESTS: u64 = 40;
const PATHS: [&str; 5] = ["/users/7", "/slow", "/stream", "/upload", "/nested"];
const SLOW: Duration = Duration::from_millis(10);

// --- the services ------------------------------------------------------------

/// What happened, counted by hand.
#[derive(Debug, Clone, Default)]
struct Counts {
    requests: Arc<AtomicUsize>,
    functions: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

#[instrumented]
async fn ask(client: reqwest::Client, url: String, counts: Counts) -> reqwest::Result<Bytes> {
    counts.functions.fetch_add(1, Ordering::Relaxed);
    sleep(SLOW / 4).await;
    counts.calls.fetch_add(1, Ordering::Relaxed);
    client.get(url).send_traced().await?.bytes().await
}

fn streamed() -> Body {
    Body::from_stream(stream::iter(0..10).then(|frame| async move {
        sleep(SLOW / 10).await;
        Ok::<_, Infallible>(format!("frame {frame}\n"))
    }))
}

fn routes() -> Router {
    Router::new()
        .route("/users/{id}", get(async || "user"))
        .route(
            "/slow",
            get(async || {
                sleep(SLOW).await;
                "late"
            }),
        )
        .route("/stream", get(async || streamed()))
        .route("/upload", post(async |body: Bytes| body.len().to_string()))
}

/// Serves `routes` in the capture, and counts what reaches them outside of our layer.
async fn serve(capture: &Capture, counts: &Counts, routes: Router) -> SocketAddr {
    let requests = Arc::clone(&counts.requests);
    let count = MapRequestLayer::new(move |request: Request<Body>| {
        requests.fetch_add(1, Ordering::Relaxed);
        request
    });
    let app = routes
        .layer(HttpServerLayer::new().providers(capture.providers()))
        .layer(count);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

// --- the clients -------------------------------------------------------------

/// Random enough, and the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut roll = self.0;
        roll = (roll ^ (roll >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        roll = (roll ^ (roll >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (roll ^ (roll >> 31)) % sides
    }

    fn wait(&mut self) -> Duration {
        Duration::from_micros(self.roll(12_000))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Version {
    Http1,
    Http2,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Sender {
    async fn send(&mut self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => sender.send_request(request).await,
        }
    }

    async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::Http1(sender) => sender.ready().await,
            Self::Http2(sender) => sender.ready().await,
        }
    }
}

async fn connect(version: Version, to: SocketAddr) -> (Sender, AbortHandle) {
    let io = TokioIo::new(TcpStream::connect(to).await.unwrap());
    match version {
        Version::Http1 => {
            let (sender, connection) = http1::handshake(io).await.unwrap();
            let task = tokio::spawn(connection);
            (Sender::Http1(sender), task.abort_handle())
        }
        Version::Http2 => {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            let task = tokio::spawn(connection);
            (Sender::Http2(sender), task.abort_handle())
        }
    }
}

/// An upload of three parts, of which the last may never come.
fn upload(is_cut: bool) -> Body {
    let parts = stream::iter(0..3).then(move |part| async move {
        sleep(SLOW / 10).await;
        if is_cut && part == 2 {
            return Err(std::io::Error::other("the client changed its mind"));
        }
        Ok(Bytes::from_static(&[b'x'; 1_000]))
    });
    Body::from_stream(parts)
}

fn request(path: &str, to: SocketAddr, closes: bool, is_cut: bool) -> Request<Body> {
    let request = Request::builder().uri(format!("http://{to}{path}"));
    let request = request.header(header::HOST, to.to_string());
    let request = match closes {
        true => request.header(header::CONNECTION, "close"),
        false => request,
    };
    if path == "/upload" {
        request.method("POST").body(upload(is_cut)).unwrap()
    } else {
        request.body(Body::empty()).unwrap()
    }
}

/// The beginning of a request, of either version, that never ends.
async fn begin(version: Version, to: SocketAddr, dice: &mut Dice) {
    let whole: &[u8] = match version {
        Version::Http1 => b"GET /slow HTTP/1.1\r\nhost: localhost\r\nx-more: to come\r\n",
        // The preface, empty settings, and the head of a frame of headers without them.
        Version::Http2 => {
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x20\x01\x05\0\0\0\x01"
        }
    };
    let length = usize::try_from(dice.roll(whole.len() as u64)).unwrap();
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream
        .write_all(whole.get(..length).unwrap())
        .await
        .unwrap();
    sleep(dice.wait() / 4).await;
}

/// One client: request after request, the connection kept for as long as it lives. Gives the number of whole answers.
async fn client(version: Version, to: SocketAddr, mut dice: Dice) -> usize {
    let mut whole = 0;
    let mut open = None;
    for _ in 0..REQUESTS {
        let (mut sender, connection) = match open.take() {
            Some(open) => open,
            None => connect(version, to).await,
        };
        let path = PATHS[usize::try_from(dice.roll(PATHS.len() as u64)).unwrap()];
        let closes = version == Version::Http1 && dice.roll(4) == 0;
        // A request that is cut is a stream's end in HTTP/2, and the connection's in HTTP/1.
        let mut survives = version == Version::Http2;
        match dice.roll(10) {
            // Before the request is complete.
            0 => begin(version, to, &mut dice).await,
            1 => drop(sender.send(request("/upload", to, closes, true)).await),
            // While the handler waits.
            2 | 3 => {
                let send = sender.send(request(path, to, closes, false));
                let _ = timeout(dice.wait(), send).await;
            }
            // In the middle of a body.
            4 => {
                let send = sender.send(request("/stream", to, closes, false));
                let mut body = send.await.unwrap().into_body();
                for _ in 0..dice.roll(9) {
                    body.frame().await.unwrap().unwrap();
                }
            }
            // The connection itself, with the request on it.
            5 => {
                let wait = dice.wait();
                let cut = async {
                    sleep(wait).await;
                    connection.abort();
                };
                let send = async {
                    if let Ok(response) = sender.send(request(path, to, closes, false)).await {
                        let _ = response.into_body().collect().await;
                    }
                };
                tokio::join!(cut, send);
                survives = false;
            }
            _ => {
                let response = sender.send(request(path, to, closes, false)).await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
                response.into_body().collect().await.unwrap();
                whole += 1;
                survives = !closes;
            }
        }
        if survives {
            sender.ready().await.unwrap();
            open = Some((sender, connection));
        }
    }
    whole
}

// --- the count ---------------------------------------------------------------

async fn run(version: Version) {
    let capture = Capture::new();
    let (front, back) = (Counts::default(), Counts::default());
    let back_address = serve(&capture, &back, routes()).await;
    let nested = {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (url, counts) = (format!("http://{back_address}/slow"), front.clone());
        get(async move || match ask(client, url, counts).await {
            Ok(answer) => (StatusCode::OK, answer),
            Err(_) => (StatusCode::BAD_GATEWAY, Bytes::new()),
        })
    };
    let address = serve(&capture, &front, routes().route("/nested", nested)).await;

    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|seed| tokio::spawn(client(version, address, Dice(seed))))
        .collect();
    let mut whole = 0;
    for client in clients {
        whole += client.await.unwrap();
    }
    quiet(&capture).await;

    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let requests = count(&front.requests) + count(&back.requests);
    println!(
        "{version:?}: {} requests reached the front, {whole} were answered whole; {} functions, {} calls, {} arrived",
        count(&front.requests),
        count(&front.functions),
        count(&front.calls),
        count(&back.requests),
    );
    let all = usize::try_from(CONNECTIONS * REQUESTS).unwrap();
    assert!(whole > all / 3, "{whole}");
    assert!(count(&front.requests) > whole);
    assert!(count(&back.requests) > 100);

    let spans = capture.spans();
    let of = |kind| spans.iter().filter(|span| span.kind == kind).count();
    assert_eq!(of(SpanKind::Server), requests);
    assert_eq!(of(SpanKind::Client), count(&front.calls));
    assert_eq!(of(SpanKind::Internal), count(&front.functions));
    assert_parents(&spans);
    let durations = |name| {
        let points = capture.metric(name);
        points.iter().map(|point| point.number()).sum::<f64>()
    };
    assert_eq!(durations("http.server.request.duration"), requests as f64);
    assert_eq!(
        durations("http.client.request.duration"),
        count(&front.calls) as f64
    );
}

/// Every gauge comes back to zero, for each set of attributes, and stays there.
async fn quiet(capture: &Capture) {
    let gauges = || capture.metric("http.server.active_requests");
    let is_quiet = || gauges().iter().all(|gauge| gauge.number() == 0.0);
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut quiet_for = 0;
    while quiet_for < 20 {
        assert!(Instant::now() < deadline, "{:#?}", gauges());
        quiet_for = if is_quiet() { quiet_for + 1 } else { 0 };
        sleep(SLOW).await;
    }
    assert!(!gauges().is_empty());
}

/// A request that came from nobody's span, the function in it, the call in that, and the request that it made.
fn assert_parents(spans: &[SpanView]) {
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    assert_eq!(by_id.len(), spans.len());
    for span in spans {
        let parent = by_id.get(&span.parent).map(|parent| &parent.kind);
        let is_right = match span.kind {
            SpanKind::Internal => parent == Some(&SpanKind::Server),
            SpanKind::Client => parent == Some(&SpanKind::Internal),
            _ => matches!(parent, None | Some(SpanKind::Client)),
        };
        assert!(is_right, "{} below {parent:?}", span.name);
        assert_eq!(
            parent.is_none(),
            span.parent == opentelemetry::trace::SpanId::INVALID
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http1_under_load_leaves_nothing_open() {
    run(Version::Http1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_under_load_leaves_nothing_open() {
    run(Version::Http2).await;
}
