//! The same telemetry written by hand on the OpenTelemetry API: no bound instruments, no caches, no tricks.
//!
//! The span has the same attributes, ends with the body, and its duration and the active requests are measured with the
//! same attributes, so that the difference to it is what the engine saves.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::extract::{ConnectInfo, MatchedPath};
use http::{HeaderMap, Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::{
    Context as Telemetry, KeyValue,
    global::{self, BoxedTracer},
    metrics::{Histogram, UpDownCounter},
    trace::{SpanKind, TraceContextExt, Tracer},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_semantic_conventions::{attribute, metric};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

const BOUNDARIES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

#[derive(Debug, Clone)]
pub(super) struct FloorLayer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    tracer: BoxedTracer,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl FloorLayer {
    pub(super) fn new() -> Self {
        let meter = global::meter("floor");
        let duration = meter
            .f64_histogram(metric::HTTP_SERVER_REQUEST_DURATION)
            .with_unit("s")
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        let active = meter
            .i64_up_down_counter(metric::HTTP_SERVER_ACTIVE_REQUESTS)
            .with_unit("{request}")
            .build();
        Self {
            shared: Arc::new(Shared {
                tracer: global::tracer("floor"),
                duration,
                active,
            }),
        }
    }
}

impl<S> Layer<S> for FloorLayer {
    type Service = Floor<S>;

    fn layer(&self, inner: S) -> Floor<S> {
        Floor {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Floor<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// A request under way. Ends when it is dropped.
#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    context: Telemetry,
    started: Instant,
    labels: Vec<KeyValue>,
    active: [KeyValue; 2],
}

impl Running {
    fn start<B>(shared: &Arc<Shared>, request: &Request<B>) -> Self {
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        let method = request.method().as_str().to_owned();
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map(|path| path.as_str().to_owned());
        let active = [
            KeyValue::new(attribute::HTTP_REQUEST_METHOD, method.clone()),
            KeyValue::new(attribute::URL_SCHEME, "http"),
        ];
        let version = KeyValue::new(
            attribute::NETWORK_PROTOCOL_VERSION,
            version(request.version()),
        );
        let mut labels = active.to_vec();
        labels.push(version);
        let mut attributes = labels.clone();
        attributes.push(KeyValue::new(
            attribute::URL_PATH,
            request.uri().path().to_owned(),
        ));
        if let Some((host, port)) =
            header(request.headers(), "host").and_then(|host| host.split_once(':'))
        {
            attributes.push(KeyValue::new(attribute::SERVER_ADDRESS, host.to_owned()));
            attributes.push(KeyValue::new(
                attribute::SERVER_PORT,
                port.parse::<i64>().unwrap_or(80),
            ));
        }
        if let Some(ConnectInfo(peer)) = request
            .extensions()
            .get::<ConnectInfo<std::net::SocketAddr>>()
        {
            attributes.push(KeyValue::new(
                attribute::CLIENT_ADDRESS,
                peer.ip().to_string(),
            ));
            attributes.push(KeyValue::new(
                attribute::NETWORK_PEER_ADDRESS,
                peer.ip().to_string(),
            ));
            attributes.push(KeyValue::new(
                attribute::NETWORK_PEER_PORT,
                i64::from(peer.port()),
            ));
        }
        if let Some(agent) = header(request.headers(), "user-agent") {
            attributes.push(KeyValue::new(
                attribute::USER_AGENT_ORIGINAL,
                agent.to_owned(),
            ));
        }
        let name = match &route {
            Some(route) => format!("{method} {route}"),
            None => method,
        };
        if let Some(route) = route {
            labels.push(KeyValue::new(attribute::HTTP_ROUTE, route.clone()));
            attributes.push(KeyValue::new(attribute::HTTP_ROUTE, route));
        }
        let span = shared
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .start_with_context(&shared.tracer, &parent);
        shared.active.add(1, &active);
        Self {
            shared: Arc::clone(shared),
            context: parent.with_span(span),
            started: Instant::now(),
            labels,
            active,
        }
    }

    fn status(&mut self, status: u16) {
        let status = KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, i64::from(status));
        self.context.span().set_attribute(status.clone());
        self.labels.push(status);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.context.span().end();
        self.shared
            .duration
            .record(self.started.elapsed().as_secs_f64(), &self.labels);
        self.shared.active.add(-1, &self.active);
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

impl<S, B, R> Service<Request<B>> for Floor<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<FloorBody<R>>;
    type Error = S::Error;
    type Future = FloorFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let running = Running::start(&self.shared, &request);
        FloorFuture {
            future: self.inner.call(request),
            running: Some(running),
        }
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct FloorFuture<F> {
        #[pin]
        future: F,
        running: Option<Running>,
    }
}

impl<F, R, E> Future for FloorFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<FloorBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = {
            let _guard = this
                .running
                .as_ref()
                .map(|running| running.context.clone().attach());
            ready!(this.future.poll(cx))?
        };
        let mut running = this.running.take();
        if let Some(running) = &mut running {
            running.status(response.status().as_u16());
        }
        Poll::Ready(Ok(response.map(|body| FloorBody { body, running })))
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct FloorBody<B> {
        #[pin]
        body: B,
        running: Option<Running>,
    }
}

impl<B: Body> Body for FloorBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = {
            let _guard = this
                .running
                .as_ref()
                .map(|running| running.context.clone().attach());
            ready!(this.body.poll_frame(cx))
        };
        if frame.is_none() {
            *this.running = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
