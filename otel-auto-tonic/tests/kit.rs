//! The kit's suite of gRPC, on tonic's own server and client. What depends on tonic is in `conformance.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod suite;
mod support;

use otel_auto_testing::{
    Capture,
    conformance::rpc::{self, Call, MakeCall},
};
use otel_auto_tonic::RpcServerLayer;
use suite::{Rpc, Running, drain, path, probe::Probe};
use support::{Tonic, listen};
use tonic::{
    Request,
    transport::{Server, server::TcpIncoming},
};

impl MakeCall for Tonic {
    async fn call(&self, at_server: &Capture, at_client: &Capture, call: Call) -> i32 {
        let (listener, address) = listen().await;
        let layer = RpcServerLayer::new()
            .providers(at_server.providers())
            // A layer knows a method by its first answer, which here may be an error.
            .methods(["probe.Probe/Unary", "probe.Probe/ServerStreaming"]);
        let server = Server::builder().layer(layer).add_service(Probe::default());
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let client = Tonic.client(address, at_client.providers());
        let running = Running {
            server: address,
            at_server: Capture::new(),
            at_client: Capture::new(),
            client: tonic::client::Grpc::new(client),
        };
        let message = match call.code {
            0 => "fine".to_owned(),
            code => format!("code:{code}"),
        };
        let ended = match call.method {
            "Unary" => running.unary(&message).await.map(drop),
            "ServerStreaming" => {
                let stream = running.server_streaming(&message).await.unwrap();
                return drain(stream).await.1.into();
            }
            method => running
                .unary_at(Request::new(message), path(method))
                .await
                .map(drop),
        };
        ended.map_or_else(|status| status.code().into(), |()| 0)
    }
}

#[tokio::test]
async fn tonic_conforms() {
    rpc::run(&Tonic).await.assert_conforms();
}
