//! Requests of a server that are captured, whichever task serves them.

use std::task::{Context as Task, Poll};

use opentelemetry::context::{FutureExt as _, WithContext};
use tower_layer::Layer;
use tower_service::Service;

use crate::Capture;

/// Runs each request inside of a [`Capture`]: see [`Capture::layer`].
#[derive(Debug, Clone)]
pub struct CaptureLayer(pub(crate) Capture);

impl<S> Layer<S> for CaptureLayer {
    type Service = CaptureService<S>;

    fn layer(&self, inner: S) -> CaptureService<S> {
        CaptureService {
            inner,
            capture: self.0.clone(),
        }
    }
}

/// The service of [`CaptureLayer`].
#[derive(Debug, Clone)]
pub struct CaptureService<S> {
    inner: S,
    capture: Capture,
}

impl<R, S: Service<R>> Service<R> for CaptureService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = WithContext<S::Future>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let context = self.capture.context();
        let attached = context.clone().attach();
        let response = self.inner.call(request);
        drop(attached);
        response.with_context(context)
    }
}
