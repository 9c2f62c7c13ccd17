use otel_auto_core::{Instrumenter, Providers, http};
use tower_layer::Layer;

use crate::HttpServer;

/// Records the requests that a service answers: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct HttpServerLayer {
    instrumenter: Instrumenter<http::HttpServer>,
}

impl HttpServerLayer {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        let convention =
            http::HttpServer::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "tower");
        Self {
            instrumenter: Instrumenter::new(convention),
        }
    }

    /// Works with these providers instead.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
        }
    }
}

impl Default for HttpServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for HttpServerLayer {
    type Service = HttpServer<S>;

    fn layer(&self, inner: S) -> HttpServer<S> {
        HttpServer::new(inner, self.instrumenter.clone())
    }
}
