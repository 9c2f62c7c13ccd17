//! tonic's server and client, with the layers.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use otel_auto_core::Providers;
use otel_auto_testing::{Capture, SpanView};
use otel_auto_tonic::{RpcClientLayer, RpcServerLayer};
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    transport::{Endpoint, Server, server::TcpIncoming},
};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use crate::suite::{BoxError, Client, Rpc, Running, probe::Probe};

pub struct Tonic;

impl Rpc for Tonic {
    async fn serve(&self, probe: Probe, providers: Providers) -> SocketAddr {
        let (listener, address) = listen().await;
        let server = Server::builder()
            .layer(RpcServerLayer::new().providers(providers))
            .add_service(probe);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        address
    }

    fn client(&self, server: SocketAddr, providers: Providers) -> Client {
        let endpoint = endpoint(server);
        let layer = RpcClientLayer::new(endpoint.uri()).providers(providers);
        erase(layer.layer(endpoint.connect_lazy()))
    }
}

pub fn erase<S, B>(service: S) -> Client
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let service = service
        .map_response(|response| response.map(Body::new))
        .map_err(Into::into);
    BoxCloneSyncService::new(service)
}

pub fn endpoint(server: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{server}")).unwrap()
}

pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A client of a server that is not instrumented, or is not one of gRPC.
pub fn client_of(server: SocketAddr) -> Running {
    let at_client = Capture::new();
    Running {
        server,
        client: tonic::client::Grpc::new(Tonic.client(server, at_client.providers())),
        at_server: Capture::new(),
        at_client,
    }
}

pub async fn client_span(running: &Running) -> SpanView {
    let mut spans = running.at_client.spans();
    for _ in 0..200 {
        if !spans.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        spans = running.at_client.spans();
    }
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

pub async fn serve_axum(router: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
