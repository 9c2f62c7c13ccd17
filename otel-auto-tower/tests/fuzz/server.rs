//! The server, in a runtime of its own, and what must hold after each connection.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Display,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
    routing::{any, get},
};
use futures_util::stream;
use opentelemetry::{Context, trace::SpanKind};
use otel_auto_core::{
    Matcher, Providers, opentelemetry,
    propagation::{HeaderInjector, Propagation, Propagator},
};
use otel_auto_testing::{Capture, MetricPoint, SpanView};
use otel_auto_tower::HttpServerLayer;
use tokio::{net::TcpListener, runtime::Runtime};
use tower::util::MapRequestLayer;

const THREADS: &str = "server";
const ROUTES: [&str; 8] = [
    "",
    "/",
    "/users/{id}",
    "/echo",
    "/endless",
    "/slow",
    "/fails",
    "/get-only",
];
const METHODS: [&str; 11] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "QUERY",
    "_OTHER",
];
const STATUSES: [&str; 6] = ["", "200", "400", "404", "405", "500"];
const ERRORS: [&str; 4] = ["", "cancelled", "body_error", "500"];
const SCHEMES: [&str; 2] = ["http", "https"];
const VERSIONS: [&str; 3] = ["1.0", "1.1", "2"];

/// The threads of servers that panicked.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(THREADS) {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(info);
        }));
    });
}

/// What the handler would send on.
fn outgoing(providers: &Providers) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut injector = HeaderInjector(&mut headers);
    providers
        .propagation()
        .inject(&Context::current(), &mut injector);
    headers
}

fn routes(providers: Providers) -> Router {
    let endless = || {
        Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, Infallible>("more\n"), ()))
        }))
    };
    let fails = || {
        Body::from_stream(stream::iter([
            Ok("half"),
            Err(std::io::Error::other("on purpose")),
        ]))
    };
    Router::new()
        .route("/", any(async || "root"))
        .route(
            "/users/{id}",
            any(async move || (outgoing(&providers), "user")),
        )
        .route("/echo", any(async |body: Bytes| body))
        .route("/endless", any(async move || endless()))
        .route(
            "/slow",
            any(async || tokio::time::sleep(Duration::from_millis(3)).await),
        )
        .route("/fails", any(async move || fails()))
        .route("/get-only", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .fallback(async || StatusCode::NOT_FOUND)
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    capture: Capture,
    reached: Arc<AtomicUsize>,
    seen: Mutex<usize>,
    _runtime: Runtime,
}

impl Server {
    pub(super) fn start() -> Self {
        count_panics();
        let capture = Capture::builder()
            .propagation(Propagation::new([
                Propagator::TraceContext,
                Propagator::Baggage,
                Propagator::B3,
                Propagator::B3Multi,
                Propagator::Jaeger,
                Propagator::OtTrace,
                Propagator::Xray,
            ]))
            .settings(|settings| {
                settings.http.server_headers.request = vec![Matcher::new(|_| true)];
                settings.http.server_headers.response = vec![Matcher::new(|_| true)];
                settings.http.body_sizes = true;
            })
            .build();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(THREADS)
            .enable_all()
            .build()
            .unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let count = {
            let reached = Arc::clone(&reached);
            MapRequestLayer::new(move |request: Request<Body>| {
                reached.fetch_add(1, Ordering::SeqCst);
                request
            })
        };
        let app = routes(capture.providers())
            .layer(HttpServerLayer::new().providers(capture.providers()))
            .layer(count)
            .into_make_service_with_connect_info::<SocketAddr>();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            capture,
            reached,
            seen: Mutex::new(0),
            _runtime: runtime,
        }
    }

    /// After a connection: the server answers, and every request that reached it has ended.
    pub(super) fn check(&self) -> Result<(), String> {
        self.answers()?;
        let mut seen = self.seen.lock().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let open = loop {
            let reached = self.reached.load(Ordering::SeqCst);
            let spans = *seen + self.capture.spans().len();
            if spans == reached && self.active() == 0.0 {
                break None;
            }
            if Instant::now() > deadline {
                break Some((reached, spans));
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let spans = self.capture.spans();
        self.capture.clear_spans();
        *seen += spans.len();
        if let Some((reached, spans)) = open {
            return Err(format!(
                "{reached} requests, {spans} spans, {} active",
                self.active()
            ));
        }
        if PANICS.load(Ordering::Relaxed) > 0 {
            return Err("a panic".to_owned());
        }
        spans.iter().try_for_each(check_span)
    }

    fn answers(&self) -> Result<(), String> {
        let mut answer = [0; 12];
        TcpStream::connect(self.address)
            .and_then(|mut stream| {
                stream.set_read_timeout(Some(Duration::from_secs(20)))?;
                stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")?;
                stream.read_exact(&mut answer)
            })
            .map_err(|error| format!("no answer any more: {error}"))?;
        match &answer {
            b"HTTP/1.1 200" => Ok(()),
            other => Err(format!("another answer: {}", other.escape_ascii())),
        }
    }

    fn active(&self) -> f64 {
        let gauges = self.capture.metric("http.server.active_requests");
        gauges.iter().map(|gauge| gauge.number().abs()).sum()
    }

    /// After all connections: a duration for every request, and no series but those of the closed sets.
    pub(super) fn check_all(&self, cases: u32) {
        let reached = self.reached.load(Ordering::SeqCst);
        // One request of each case is ours. Enough of the others must get through, or there is nothing to see.
        let hostile = reached - cases as usize;
        assert!(hostile > cases as usize / 5, "{hostile} of {cases} cases");
        let points = self.capture.metrics();
        let mut series = BTreeMap::<_, Vec<_>>::new();
        for point in points {
            series.entry(point.name.clone()).or_default().push(point);
        }
        for (name, points) in &series {
            println!("{hostile} requests, {name}: {} series", points.len());
            for point in points {
                check_point(point);
            }
        }
        let durations = &series["http.server.request.duration"];
        let recorded: f64 = durations.iter().map(MetricPoint::number).sum();
        assert_eq!(recorded, reached as f64);
        // A status comes with one error at most, but for the 200 of a body that did not come to its end, and no status.
        let outcomes = STATUSES.len() + 3;
        let all = METHODS.len() * SCHEMES.len() * VERSIONS.len() * ROUTES.len() * outcomes;
        assert!(durations.len() < all, "{}", durations.len());
        let active = &series["http.server.active_requests"];
        assert!(active.len() <= METHODS.len() * SCHEMES.len());
    }
}

fn check_point(point: &MetricPoint) {
    for (key, value) in &point.attributes {
        let allowed: &[&str] = match key.as_str() {
            "http.request.method" => &METHODS,
            "http.response.status_code" => &STATUSES,
            "http.route" => &ROUTES,
            "error.type" => &ERRORS,
            "url.scheme" => &SCHEMES,
            "network.protocol.version" => &VERSIONS,
            _ => &[],
        };
        assert!(
            allowed.contains(&value.as_str()),
            "{key}={value} of {}",
            point.name
        );
    }
}

fn check_span(span: &SpanView) -> Result<(), String> {
    let attributes = span.attributes();
    let wrong = |what: &dyn Display| Err(format!("{what}: {} {attributes:?}", span.name));
    if span.kind != SpanKind::Server {
        return wrong(&"kind");
    }
    if let Some(pair) = attributes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return wrong(&format!("{} twice", pair[0].0));
    }
    let method = span.text("http.request.method");
    if !METHODS.contains(&method.as_str()) {
        return wrong(&"method");
    }
    let original = span.text("http.request.method_original");
    if (method == "_OTHER") == original.is_empty() || original.len() > 64 {
        return wrong(&"original method");
    }
    if !SCHEMES.contains(&span.text("url.scheme").as_str()) {
        return wrong(&"scheme");
    }
    let (verb, route) = span.name.split_once(' ').unwrap_or((&span.name, ""));
    if !ROUTES.contains(&route) || verb != if method == "_OTHER" { "HTTP" } else { &method } {
        return wrong(&"name");
    }
    for key in [
        "server.address",
        "client.address",
        "user_agent.original",
        "url.query",
    ] {
        if span.get(key).is_some() && span.text(key).is_empty() {
            return wrong(&key);
        }
    }
    Ok(())
}
