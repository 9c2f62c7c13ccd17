use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use otel_auto_core::{
    Instrumenter, Operation, Providers, SpanKey, opentelemetry::Context as Telemetry,
    propagation::HeaderExtractor, rpc::RpcServer as Convention,
};
use tonic::server::NamedService;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    ResponseBody, ResponseFuture,
    call::{ServerCall, is_grpc},
    descriptors,
};

/// Records the calls that a server answers: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct RpcServerLayer {
    instrumenter: Instrumenter<Convention>,
}

impl RpcServerLayer {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        let convention =
            Convention::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "tonic");
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

    /// Says that these methods exist, as `package.Service/Method`.
    #[must_use]
    pub fn methods<'a>(self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        for method in methods {
            self.instrumenter.instrumentation().known_method(method);
        }
        self
    }

    /// Says that the methods in an encoded `FileDescriptorSet` exist: the one that is given to `tonic-reflection`.
    ///
    /// What cannot be read of it is left out.
    #[must_use]
    pub fn file_descriptor_set(self, encoded: &[u8]) -> Self {
        descriptors::methods(encoded, &mut |method| {
            self.instrumenter.instrumentation().known_method(method);
        });
        self
    }
}

impl Default for RpcServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RpcServerLayer {
    type Service = RpcServer<S>;

    fn layer(&self, inner: S) -> RpcServer<S> {
        RpcServer {
            inner,
            instrumenter: self.instrumenter.clone(),
        }
    }
}

/// The service of [`RpcServerLayer`].
#[derive(Debug, Clone)]
pub struct RpcServer<S> {
    inner: S,
    instrumenter: Instrumenter<Convention>,
}

impl<S> RpcServer<S> {
    fn start<B>(&self, request: &Request<B>) -> Operation<Convention> {
        if !is_grpc(request.headers()) {
            return Operation::off();
        }
        let current = Telemetry::current();
        let Some(ready) = self.instrumenter.ready(&current) else {
            return Operation::off();
        };
        // The HTTP request that carries the call has the remote parent already.
        let parent = if SpanKey::HttpServer.is_open() {
            current
        } else {
            ready.extract(&current, &HeaderExtractor(request.headers()))
        };
        ready.start(&parent, &(&ServerCall(request) as _))
    }
}

impl<S, B, R> Service<Request<B>> for RpcServer<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
    R: Body,
{
    type Response = Response<ResponseBody<R, Convention>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Convention>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let operation = self.start(&request);
        // A service may work, or panic, before it gives its future.
        let future = operation.run(|| self.inner.call(request));
        ResponseFuture::new(future, operation)
    }
}

impl<S: NamedService> NamedService for RpcServer<S> {
    const NAME: &'static str = S::NAME;
}
