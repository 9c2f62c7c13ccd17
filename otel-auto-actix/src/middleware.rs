use std::{
    future::{Ready, ready},
    sync::LazyLock,
};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use otel_auto_core::{Instrumenter, Providers, http::HttpServer};

use crate::{HttpServerService, ResponseBody};

/// Records the requests that an app answers: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct HttpServerMiddleware {
    instrumenter: Instrumenter<HttpServer>,
}

impl HttpServerMiddleware {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        // Each worker builds an app of its own; what they bind to the providers is one for all.
        static INSTRUMENTER: LazyLock<Instrumenter<HttpServer>> = LazyLock::new(|| {
            Instrumenter::new(HttpServer::new(
                env!("CARGO_PKG_NAME"),
                env!("CARGO_PKG_VERSION"),
                "actix",
            ))
        });
        Self {
            instrumenter: INSTRUMENTER.clone(),
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

impl Default for HttpServerMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, B> Transform<S, ServiceRequest> for HttpServerMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = HttpServerService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(HttpServerService::new(inner, self.instrumenter.clone())))
    }
}
