use std::{
    cell::OnceCell,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ResourceMap, Service, ServiceRequest, ServiceResponse},
    http::Method,
};
use otel_auto_core::{
    Instrumenter, Operation,
    http::{HttpServer, HttpServerState},
    opentelemetry::Context as Telemetry,
};

use crate::{
    ResponseBody, ResponseFuture, counted,
    request::{Asked, View, route},
};

/// The service of [`HttpServerMiddleware`](crate::HttpServerMiddleware).
#[derive(Debug)]
pub struct HttpServerService<S> {
    inner: S,
    instrumenter: Instrumenter<HttpServer>,
    resources: OnceCell<Rc<ResourceMap>>,
}

impl<S> HttpServerService<S> {
    pub(crate) fn new(inner: S, instrumenter: Instrumenter<HttpServer>) -> Self {
        Self {
            inner,
            instrumenter,
            resources: OnceCell::new(),
        }
    }

    fn start(&self, request: &ServiceRequest) -> Operation<HttpServer> {
        let current = Telemetry::current();
        match self.instrumenter.ready(&current) {
            Some(ready) => {
                let view = View(request.request());
                let parent = ready.extract(&current, &view);
                ready.start(&parent, &(&view as _))
            }
            None => Operation::off(),
        }
    }
}

impl<S, B> Service<ServiceRequest> for HttpServerService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let mut operation = self.start(&request);
        if let Some(counter) = operation.state().and_then(HttpServerState::count_request) {
            counted::count(&mut request, counter);
        }
        let unrouted = operation.is_live() && route(request.request()).is_none();
        let asked = unrouted.then(|| Asked::new(request.request(), &self.resources));
        let bodiless = request.method() == Method::HEAD;
        // A service may work, or panic, before it gives its future.
        let future = operation.run(|| self.inner.call(request));
        ResponseFuture::new(future, operation, asked, bodiless)
    }
}
