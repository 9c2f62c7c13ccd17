//! The same for `Client` as a tower service.

use std::task::{Context, Poll};

use otel_auto_core::{Instrumenter, Operation, OperationFuture, Providers, http::HttpClient};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    error, request,
    reqwest::{Request, Response},
};

/// Records the requests of a [`Client`](super::reqwest::Client) that is used as a [`Service`], with or without other
/// layers in between, as [`send_traced`](super::RequestBuilderExt::send_traced) does.
///
/// ```no_run
/// use std::time::Duration;
///
/// # use otel_auto_reqwest::OtelLayer;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # async fn example() -> Result<(), tower::BoxError> {
/// let client = ServiceBuilder::new()
///     .layer(OtelLayer::new())
///     .timeout(Duration::from_secs(2))
///     .service(reqwest::Client::new());
/// let request = reqwest::Request::new(reqwest::Method::GET, "https://api.example.com/users/7".parse()?);
/// let response = client.oneshot(request).await?;
/// # Ok(())
/// # }
/// ```
///
/// Below a layer that retries there is one span for each attempt, above it one for all. A request of reqwest cannot carry
/// anything for layers, so neither `url.template` nor `http.request.resend_count` is known.
#[derive(Debug, Clone)]
pub struct OtelLayer {
    instrumenter: Instrumenter<HttpClient>,
}

impl OtelLayer {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            instrumenter: request::INSTRUMENTER.clone(),
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

impl Default for OtelLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for OtelLayer {
    type Service = OtelService<S>;

    fn layer(&self, inner: S) -> OtelService<S> {
        OtelService {
            inner,
            instrumenter: self.instrumenter.clone(),
        }
    }
}

/// The service of [`OtelLayer`].
#[derive(Debug, Clone)]
pub struct OtelService<S> {
    inner: S,
    instrumenter: Instrumenter<HttpClient>,
}

/// The future of [`OtelService`].
pub type ResponseFuture<F, E> =
    OperationFuture<F, HttpClient, fn(Operation<HttpClient>, &Result<Response, E>)>;

impl<S> Service<Request> for OtelService<S>
where
    S: Service<Request, Response = Response>,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let operation = request::start(&self.instrumenter, &mut request, None, 0);
        // A service may work before it gives its future.
        let future = operation.run(|| self.inner.call(request));
        operation.future(future, end)
    }
}

fn end<E: 'static>(operation: Operation<HttpClient>, result: &Result<Response, E>) {
    match result {
        Ok(response) => request::answered(operation, response),
        Err(error) => error::fail_any(operation, error),
    }
}
