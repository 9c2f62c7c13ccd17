//! Bodies that belong to a call.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use otel_auto_core::{
    BODY_ERROR, Instrumentation, Operation, opentelemetry::Context as Telemetry, rpc::RpcState,
};
use pin_project_lite::pin_project;
use tonic::Status;

use crate::{error, response};

pin_project! {
    /// The body of a response: polled inside of the call, which it ends with the status in its trailers, with an error,
    /// or when it is dropped before either.
    pub struct ResponseBody<B, I: Instrumentation> {
        // Before the operation: what the handler's stream drops still belongs to the call.
        #[pin]
        body: B,
        operation: Option<Operation<I>>,
    }
}

impl<B, I: Instrumentation> ResponseBody<B, I> {
    pub(crate) fn new(body: B, operation: Option<Operation<I>>) -> Self {
        Self { body, operation }
    }
}

impl<B, I> Body for ResponseBody<B, I>
where
    B: Body,
    B::Error: 'static,
    I: Instrumentation<State = RpcState>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(operation) = this.operation else {
            return this.body.poll_frame(cx);
        };
        let frame = {
            let _attached = operation.attach();
            ready!(this.body.as_mut().poll_frame(cx))
        };
        let ended = match &frame {
            None => true,
            Some(Ok(frame)) => match frame.trailers_ref() {
                Some(trailers) => {
                    if let Some(state) = operation.state() {
                        response::status(state, trailers);
                        response::metadata(state, trailers);
                    }
                    true
                }
                None => this.body.is_end_stream(),
            },
            Some(Err(error)) => {
                if let Some(operation) = this.operation.take() {
                    error::fail(operation, error, BODY_ERROR);
                }
                false
            }
        };
        if ended && let Some(operation) = this.operation.take() {
            operation.complete();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Default, I: Instrumentation> Default for ResponseBody<B, I> {
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

impl<B, I: Instrumentation> fmt::Debug for ResponseBody<B, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The body of a client's request: the connection polls it, but the messages are made inside of the call.
    pub(crate) struct RequestBody {
        #[pin]
        body: tonic::body::Body,
        context: Telemetry,
    }
}

impl RequestBody {
    pub(crate) fn new(body: tonic::body::Body, context: Telemetry) -> Self {
        Self { body, context }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.project();
        let _attached = this.context.clone().attach();
        this.body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
