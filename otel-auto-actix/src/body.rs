use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use otel_auto_core::{BODY_ERROR, Failure, Operation, http::HttpServer};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a response: ends the request's span when it ends.
    pub struct ResponseBody<B> {
        #[pin]
        body: B,
        operation: Option<Operation<HttpServer>>,
        // What is still to come. The client may be gone before the server asks for what follows the last byte.
        remaining: Option<u64>,
    }
}

impl<B: MessageBody> ResponseBody<B> {
    /// A body that is at its end already completes the operation at once.
    pub(crate) fn new(body: B, mut operation: Operation<HttpServer>) -> Self {
        operation.response_data(0);
        let remaining = match body.size() {
            BodySize::None => Some(0),
            BodySize::Sized(size) => Some(size),
            BodySize::Stream => None,
        };
        let operation = if remaining == Some(0) {
            operation.complete();
            None
        } else {
            Some(operation)
        };
        Self {
            body,
            operation,
            remaining,
        }
    }

    /// A body whose operation has ended already, or never started.
    pub(crate) fn plain(body: B) -> Self {
        Self {
            body,
            operation: None,
            remaining: None,
        }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        let Some(operation) = this.operation else {
            return this.body.poll_next(cx);
        };
        let chunk = {
            let _attached = operation.attach();
            ready!(this.body.poll_next(cx))
        };
        let ended = match &chunk {
            None => true,
            Some(Ok(bytes)) => {
                let length = bytes.len() as u64;
                operation.response_data(length);
                *this.remaining = this
                    .remaining
                    .map(|remaining| remaining.saturating_sub(length));
                *this.remaining == Some(0)
            }
            Some(Err(_)) => {
                if let Some(operation) = this.operation.take() {
                    operation.fail(Failure::new(BODY_ERROR).of_type::<B::Error>());
                }
                false
            }
        };
        if ended && let Some(operation) = this.operation.take() {
            operation.complete();
        }
        Poll::Ready(chunk)
    }

    // Whoever asks for the whole body, such as a middleware that compresses, has all of it then.
    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.body.try_into_bytes() {
            Ok(bytes) => {
                if let Some(mut operation) = self.operation {
                    operation.response_data(bytes.len() as u64);
                    operation.complete();
                }
                Ok(bytes)
            }
            Err(body) => Err(Self { body, ..self }),
        }
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("remaining", &self.remaining)
            .finish_non_exhaustive()
    }
}
