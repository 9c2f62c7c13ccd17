//! axum, with one layer or another.

use std::net::SocketAddr;

use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::global;
use otel_auto_testing::{Capture, conformance::http_server::StartServer};
use otel_auto_tower::HttpServerLayer;
use tokio::net::TcpListener;
use tracing::Level;

use crate::{axum_routes::routes, install::install};

/// A library for axum, by its name.
#[derive(Debug)]
pub(crate) struct Axum(pub(crate) &'static str);

impl StartServer for Axum {
    async fn start(&self, capture: &Capture) -> SocketAddr {
        install(capture);
        let app = match self.0 {
            "contrib" => {
                routes().layer(opentelemetry_instrumentation_tower::http::server::Layer::new())
            }
            "davidB" => routes().layer(OtelAxumLayer::default().try_extract_client_ip(true)),
            "tower-otel" => routes()
                .layer(tower_otel::metrics::HttpLayer::server(&global::meter(
                    "peers",
                )))
                .layer(tower_otel::trace::HttpLayer::server(Level::INFO).trace_body()),
            _ => routes().layer(HttpServerLayer::new().providers(capture.providers())),
        };
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { ::axum::serve(listener, app).await });
        address
    }
}
