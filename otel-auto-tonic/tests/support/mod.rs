//! tonic's server and client, with the layers.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::net::SocketAddr;

use otel_auto_core::Providers;
use otel_auto_tonic::{RpcClientLayer, RpcServerLayer};
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    transport::{Endpoint, Server, server::TcpIncoming},
};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use crate::suite::{BoxError, Client, Rpc, probe::Probe};

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
