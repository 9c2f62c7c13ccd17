use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use otel_auto_core::{
    Instrumenter, Operation, http::HttpServer as Convention, opentelemetry::Context as Telemetry,
};
use tower_service::Service;

use crate::{ResponseBody, ResponseFuture, future::Answers, request::View};

/// The service of [`HttpServerLayer`](crate::HttpServerLayer).
#[derive(Debug, Clone)]
pub struct HttpServer<S> {
    inner: S,
    instrumenter: Instrumenter<Convention>,
}

impl<S> HttpServer<S> {
    pub(crate) fn new(inner: S, instrumenter: Instrumenter<Convention>) -> Self {
        Self {
            inner,
            instrumenter,
        }
    }

    fn start<B: 'static>(&self, request: &Request<B>) -> Operation<Convention> {
        let current = Telemetry::current();
        match self.instrumenter.ready(&current) {
            Some(ready) => {
                let view = View::new(request);
                let parent = ready.extract(&current, &view);
                ready.start(&parent, &(&view as _))
            }
            None => Operation::off(),
        }
    }
}

impl<S, B, R> Service<Request<B>> for HttpServer<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: 'static,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[cfg_attr(not(feature = "axum"), allow(unused_mut))]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mut operation = self.start(&request);
        let answers = Answers::of(request.method());
        #[cfg(feature = "axum")]
        if let Some(state) = operation.state() {
            crate::counted::count(&mut request, || state.count_request());
        }
        // A service may work, or panic, before it gives its future.
        let future = operation.run(|| self.inner.call(request));
        ResponseFuture::new(future, operation, answers)
    }
}
