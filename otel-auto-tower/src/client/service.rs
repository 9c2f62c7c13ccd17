use std::task::{Context, Poll};

use http::{Request, Response};
use otel_auto_core::{
    Instrumenter, Operation, OperationFuture, http::HttpClient as Convention,
    opentelemetry::Context as Telemetry, propagation::HeaderInjector,
};
use tower_service::Service;

use super::{
    attempts, error,
    request::{Answer, View},
};

/// The service of [`HttpClientLayer`](super::HttpClientLayer).
#[derive(Debug, Clone)]
pub struct HttpClient<S> {
    inner: S,
    instrumenter: Instrumenter<Convention>,
}

/// The future of [`HttpClient`].
pub type ClientResponseFuture<F, R, E> =
    OperationFuture<F, Convention, fn(Operation<Convention>, &Result<Response<R>, E>)>;

impl<S> HttpClient<S> {
    pub(super) fn new(inner: S, instrumenter: Instrumenter<Convention>) -> Self {
        Self {
            inner,
            instrumenter,
        }
    }

    fn start<B>(&self, request: &mut Request<B>) -> Operation<Convention> {
        let current = Telemetry::current();
        let Some(ready) = self.instrumenter.ready(&current) else {
            return Operation::off();
        };
        let operation = ready.start(&current, &(&View::new(request) as _));
        // A second layer inside of this one must not count the same attempt again.
        if operation.is_live() {
            attempts::send(request.extensions());
        }
        operation.inject(&mut HeaderInjector(request.headers_mut()));
        operation
    }
}

impl<S, B, R> Service<Request<B>> for HttpClient<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ClientResponseFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let operation = self.start(&mut request);
        // A service may work, or panic, before it gives its future.
        let future = operation.run(|| self.inner.call(request));
        operation.future(future, end)
    }
}

fn end<R, E: 'static>(mut operation: Operation<Convention>, result: &Result<Response<R>, E>) {
    match result {
        Ok(response) => {
            operation.responded(&Answer(response));
            operation.complete();
        }
        Err(error) => error::fail(operation, error),
    }
}
