//! axum, with the layer.

use std::net::SocketAddr;

use otel_auto_core::{Matcher, Settings};
use otel_auto_testing::{
    Capture,
    conformance::http_server::{Features, StartServer},
};
use otel_auto_tower::HttpServerLayer;
use tokio::net::TcpListener;

use crate::axum_routes::routes;

pub(crate) struct Axum;

impl StartServer for Axum {
    fn features(&self) -> Features {
        let mut features = Features::default();
        features.routes = cfg!(feature = "axum");
        features.peer_address = cfg!(feature = "axum");
        features
    }

    async fn start(&self, capture: &Capture) -> SocketAddr {
        let layer = HttpServerLayer::new().providers(capture.providers());
        let app = routes()
            .layer(layer)
            .into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }
}

/// The same with everything that is opt-in, asked for.
pub(crate) struct OptedIn;

impl StartServer for OptedIn {
    fn features(&self) -> Features {
        let mut features = Axum.features();
        features.opted_in = &[
            "http.request.body.size",
            "http.request.header",
            "http.response.body.size",
            "http.response.header",
            "http.server.request.body.size",
            "http.server.response.body.size",
        ];
        features
    }

    fn configure(&self, settings: &mut Settings) {
        let http = &mut settings.http;
        http.body_sizes = true;
        // Not among the headers that are redacted by default.
        http.sanitized_headers.push(Matcher::exact("x-api-key"));
        http.server_headers.request = vec![Matcher::new(|_| true)];
        http.server_headers.response = vec![Matcher::new(|_| true)];
    }

    async fn start(&self, capture: &Capture) -> SocketAddr {
        Axum.start(capture).await
    }
}
