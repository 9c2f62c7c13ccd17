use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use http_body::Body;
use otel_auto_core::{Instrumentation, Operation, rpc::RpcState};
use pin_project_lite::pin_project;

use crate::{ResponseBody, error, response};

/// The `error.type` of a service that gave an error of which nothing is known.
const SERVICE_ERROR: &str = "service_error";

pin_project! {
    /// The future of [`RpcServer`](crate::RpcServer) and [`RpcClient`](crate::RpcClient).
    pub struct ResponseFuture<F, I: Instrumentation> {
        // Before the operation: what the handler drops when it is cancelled still belongs to the call.
        #[pin]
        future: F,
        operation: Option<Operation<I>>,
    }
}

impl<F, I: Instrumentation> ResponseFuture<F, I> {
    pub(crate) fn new(future: F, operation: Operation<I>) -> Self {
        let operation = (!operation.is_off()).then_some(operation);
        Self { future, operation }
    }
}

impl<F, I, R, E> Future for ResponseFuture<F, I>
where
    F: Future<Output = Result<Response<R>, E>>,
    I: Instrumentation<State = RpcState>,
    R: Body,
    E: 'static,
{
    type Output = Result<Response<ResponseBody<R, I>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = match this.operation {
            Some(operation) => {
                let _attached = operation.attach();
                ready!(this.future.poll(cx))
            }
            None => ready!(this.future.poll(cx)),
        };
        Poll::Ready(match (result, this.operation.take()) {
            (Ok(response), Some(operation)) => Ok(response::head(operation, response)),
            (Ok(response), None) => Ok(response.map(|body| ResponseBody::new(body, None))),
            (Err(error), operation) => {
                if let Some(operation) = operation {
                    error::fail(operation, &error, SERVICE_ERROR);
                }
                Err(error)
            }
        })
    }
}

impl<F, I: Instrumentation> fmt::Debug for ResponseFuture<F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
