//! A response body that runs inside of an operation and ends it.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{BODY_ERROR, Failure, Instrumentation, Operation, http::content_length};

pin_project! {
    /// Polls a body inside of an operation, which ends with the last byte, with an error, or when the body is dropped
    /// before either.
    pub struct OperationBody<B, I: Instrumentation> {
        #[pin]
        body: B,
        operation: Option<Operation<I>>,
        // What is still to come. A server stops polling once it has sent the announced length, so the last frame
        // may be all the end there is.
        remaining: Option<u64>,
    }
}

impl<I: Instrumentation> Operation<I> {
    /// Ends the operation with this body. `headers` are those of the message that the body belongs to.
    ///
    /// A body that is at its end already completes the operation at once.
    pub fn body<B: Body>(mut self, body: B, headers: &HeaderMap) -> OperationBody<B, I> {
        if self.is_off() {
            return OperationBody::plain(body);
        }
        self.response_data(0);
        let remaining = body.size_hint().exact().or_else(|| content_length(headers));
        if body.is_end_stream() || remaining == Some(0) {
            self.complete();
            return OperationBody {
                body,
                operation: None,
                remaining,
            };
        }
        OperationBody {
            body,
            operation: Some(self),
            remaining,
        }
    }
}

impl<B, I: Instrumentation> OperationBody<B, I> {
    /// A body whose operation has ended already, or never started.
    pub fn plain(body: B) -> Self {
        Self {
            body,
            operation: None,
            remaining: None,
        }
    }
}

impl<B: Body, I: Instrumentation> Body for OperationBody<B, I> {
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
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, bytes_in);
                operation.response_data(length);
                *this.remaining = this
                    .remaining
                    .map(|remaining| remaining.saturating_sub(length));
                *this.remaining == Some(0) || this.body.is_end_stream()
            }
            Some(Err(_)) => {
                if let Some(operation) = this.operation.take() {
                    operation.fail(Failure::new(BODY_ERROR).of_type::<B::Error>());
                }
                false
            }
        };
        if ended {
            if let Some(operation) = this.operation.take() {
                operation.complete();
            }
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

fn bytes_in(data: &impl Buf) -> u64 {
    data.remaining() as u64
}

impl<B: Default, I: Instrumentation> Default for OperationBody<B, I> {
    fn default() -> Self {
        Self::plain(B::default())
    }
}

impl<B, I: Instrumentation> fmt::Debug for OperationBody<B, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationBody")
            .field("remaining", &self.remaining)
            .finish_non_exhaustive()
    }
}
