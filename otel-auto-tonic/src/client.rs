use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use otel_auto_core::{
    Instrumenter, Operation, Providers, opentelemetry::Context as Telemetry,
    propagation::HeaderInjector, rpc::RpcClient as Convention,
};
use tonic::body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    ResponseBody, ResponseFuture,
    body::RequestBody,
    call::{ClientCall, Target, is_grpc},
    descriptors,
};

/// Records the calls that a client makes: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct RpcClientLayer {
    instrumenter: Instrumenter<Convention>,
    target: Target,
}

impl RpcClientLayer {
    /// For a channel that calls this target: `endpoint.uri()`, or the one address that stands for all that are balanced.
    ///
    /// It becomes `server.address` and `server.port`, which the conventions require and a channel does not tell. Works
    /// with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new(target: &Uri) -> Self {
        let convention =
            Convention::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "tonic");
        Self {
            instrumenter: Instrumenter::new(convention),
            target: Target::of(target),
        }
    }

    /// Works with these providers instead.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
            ..self
        }
    }

    /// Says that these methods exist, as `package.Service/Method`. Generated clients say so themselves.
    #[must_use]
    pub fn methods<'a>(self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        for method in methods {
            self.instrumenter.instrumentation().known_method(method);
        }
        self
    }

    /// Says that the methods in an encoded `FileDescriptorSet` exist. What cannot be read of it is left out.
    #[must_use]
    pub fn file_descriptor_set(self, encoded: &[u8]) -> Self {
        descriptors::methods(encoded, &mut |method| {
            self.instrumenter.instrumentation().known_method(method);
        });
        self
    }
}

impl<S> Layer<S> for RpcClientLayer {
    type Service = RpcClient<S>;

    fn layer(&self, inner: S) -> RpcClient<S> {
        RpcClient {
            inner,
            instrumenter: self.instrumenter.clone(),
            target: self.target.clone(),
        }
    }
}

/// The service of [`RpcClientLayer`]: give it to a generated client, in place of the channel.
#[derive(Debug, Clone)]
pub struct RpcClient<S> {
    inner: S,
    instrumenter: Instrumenter<Convention>,
    target: Target,
}

impl<S> RpcClient<S> {
    fn start(&self, request: &mut Request<Body>) -> Operation<Convention> {
        if !is_grpc(request.headers()) {
            return Operation::off();
        }
        let call = ClientCall {
            request,
            target: &self.target,
        };
        let operation = self
            .instrumenter
            .start(&Telemetry::current(), &(&call as _));
        operation.inject(&mut HeaderInjector(request.headers_mut()));
        operation
    }
}

impl<S, R> Service<Request<Body>> for RpcClient<S>
where
    S: Service<Request<Body>, Response = Response<R>>,
    S::Error: 'static,
    R: http_body::Body,
{
    type Response = Response<ResponseBody<R, Convention>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Convention>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let operation = self.start(&mut request);
        if !operation.is_off() {
            let context = operation.context();
            request = request.map(|body| Body::new(RequestBody::new(body, context)));
        }
        let future = operation.run(|| self.inner.call(request));
        ResponseFuture::new(future, operation)
    }
}
