//! What every implementation of gRPC must record, whatever it is: give it a server and a client, and run all of it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

pub mod cases;
pub mod probe;

use std::{
    future::Future,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, stream};
use otel_auto_core::Providers;
use otel_auto_testing::{Capture, MetricPoint, SpanView, conformance::Check};
use probe::{Probe, Text};
use tonic::{Code, GrpcMethod, Request, Response, Status, Streaming, body::Body};
use tower::util::BoxCloneSyncService;

pub const TICK: Duration = Duration::from_millis(50);

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A client's service, whatever its type.
pub type Client = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, BoxError>;

/// An instrumented server and client.
pub trait Rpc {
    /// Serves the probe, instrumented, on a free port, as long as the runtime lives.
    fn serve(&self, probe: Probe, providers: Providers) -> impl Future<Output = SocketAddr>;

    /// A client of it. It connects when it is used.
    fn client(&self, server: SocketAddr, providers: Providers) -> Client;
}

/// A server and a client, and what they record.
pub struct Running {
    pub server: SocketAddr,
    pub at_server: Capture,
    pub at_client: Capture,
    pub client: tonic::client::Grpc<Client>,
}

pub async fn start(rpc: &impl Rpc) -> Running {
    start_with(rpc, Capture::new(), Capture::new()).await
}

pub async fn start_with(rpc: &impl Rpc, at_server: Capture, at_client: Capture) -> Running {
    let server = rpc
        .serve(Probe::traced(&at_server), at_server.providers())
        .await;
    let client = tonic::client::Grpc::new(rpc.client(server, at_client.providers()));
    Running {
        server,
        at_server,
        at_client,
        client,
    }
}

pub fn request<T>(message: T, method: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request
        .extensions_mut()
        .insert(GrpcMethod::new(probe::SERVICE, method));
    request
}

pub fn path(method: &str) -> http::uri::PathAndQuery {
    format!("/{}/{method}", probe::SERVICE).parse().unwrap()
}

impl Running {
    pub async fn unary(&self, message: &str) -> Result<Response<String>, Status> {
        self.unary_request(request(message.to_owned(), "Unary"))
            .await
    }

    pub async fn unary_request(
        &self,
        request: Request<String>,
    ) -> Result<Response<String>, Status> {
        self.unary_at(request, path("Unary")).await
    }

    pub async fn unary_at(
        &self,
        request: Request<String>,
        path: http::uri::PathAndQuery,
    ) -> Result<Response<String>, Status> {
        let mut client = self.client.clone();
        ready(&mut client).await?;
        client.unary(request, path, Text).await
    }

    pub async fn server_streaming(&self, message: &str) -> Result<Streaming<String>, Status> {
        let mut client = self.client.clone();
        ready(&mut client).await?;
        let request = request(message.to_owned(), "ServerStreaming");
        let response = client
            .server_streaming(request, path("ServerStreaming"), Text)
            .await?;
        Ok(response.into_inner())
    }

    pub async fn client_streaming(
        &self,
        messages: impl Stream<Item = String> + Send + 'static,
    ) -> Result<Response<String>, Status> {
        let mut client = self.client.clone();
        ready(&mut client).await?;
        let request = request(messages, "ClientStreaming");
        client
            .client_streaming(request, path("ClientStreaming"), Text)
            .await
    }

    pub async fn bidi(
        &self,
        messages: impl Stream<Item = String> + Send + 'static,
    ) -> Result<Streaming<String>, Status> {
        let mut client = self.client.clone();
        ready(&mut client).await?;
        let request = request(messages, "Bidi");
        Ok(client
            .streaming(request, path("Bidi"), Text)
            .await?
            .into_inner())
    }

    /// The server's spans and the client's, as soon as there are so many of each.
    pub async fn spans(&self, count: usize) -> (Vec<SpanView>, Vec<SpanView>) {
        let ended = |capture: &Capture, kind| -> Vec<SpanView> {
            let spans = capture.spans().into_iter();
            spans.filter(|span| span.kind == kind).collect()
        };
        let start = Instant::now();
        loop {
            use otel_auto_core::opentelemetry::trace::SpanKind;
            let servers = ended(&self.at_server, SpanKind::Server);
            let clients = ended(&self.at_client, SpanKind::Client);
            if servers.len() >= count && clients.len() >= count
                || start.elapsed() > Duration::from_secs(10)
            {
                assert_eq!((servers.len(), clients.len()), (count, count));
                self.assert_conforms(&servers, &clients);
                return (servers, clients);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Nothing is there that the registry of conventions does not have, and nothing is missing that it requires.
    fn assert_conforms(&self, servers: &[SpanView], clients: &[SpanView]) {
        let check = Check::new().opted_in(&["rpc.request.metadata", "rpc.response.metadata"]);
        let servers = servers
            .iter()
            .flat_map(|span| check.span("rpc.grpc.call.server", span));
        let clients = clients
            .iter()
            .flat_map(|span| check.span("rpc.grpc.call.client", span));
        let mut violations: Vec<_> = servers.chain(clients).collect();
        violations.extend(check.metrics(&self.server_points()));
        violations.extend(check.metrics(&self.client_points()));
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// The one span of the server and of the client.
    pub async fn pair(&self) -> (SpanView, SpanView) {
        let (mut servers, mut clients) = self.spans(1).await;
        (servers.remove(0), clients.remove(0))
    }

    pub fn server_points(&self) -> Vec<MetricPoint> {
        self.at_server.metric("rpc.server.call.duration").into()
    }

    pub fn client_points(&self) -> Vec<MetricPoint> {
        self.at_client.metric("rpc.client.call.duration").into()
    }
}

async fn ready(client: &mut tonic::client::Grpc<Client>) -> Result<(), Status> {
    client.ready().await.map_err(Status::from_error)
}

/// All messages until the end, and the status of the end.
pub async fn drain(mut stream: Streaming<String>) -> (Vec<String>, Code) {
    let mut messages = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(message)) => messages.push(message),
            Some(Err(status)) => return (messages, status.code()),
            None => return (messages, Code::Ok),
        }
    }
}

/// So many messages, a tick before each.
pub fn ticking(count: usize) -> impl Stream<Item = String> + Send + 'static {
    stream::iter(0..count).then(|number| async move {
        tokio::time::sleep(TICK).await;
        number.to_string()
    })
}
