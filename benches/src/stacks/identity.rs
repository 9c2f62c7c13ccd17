//! A layer that does nothing: service, future and body are wrapped, and passed through.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

#[derive(Debug, Clone, Copy)]
pub(super) struct IdentityLayer;

impl<S> Layer<S> for IdentityLayer {
    type Service = Identity<S>;

    fn layer(&self, inner: S) -> Identity<S> {
        Identity { inner }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Identity<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Identity<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<IdentityBody<R>>;
    type Error = S::Error;
    type Future = IdentityFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        IdentityFuture {
            future: self.inner.call(request),
        }
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct IdentityFuture<F> {
        #[pin]
        future: F,
    }
}

impl<F, R, E> Future for IdentityFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<IdentityBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().future.poll(cx))?;
        Poll::Ready(Ok(response.map(|body| IdentityBody { body })))
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct IdentityBody<B> {
        #[pin]
        body: B,
    }
}

impl<B: Body> Body for IdentityBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
