//! A stream that runs inside of an operation and ends it.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{Failure, Instrumentation, Operation};

pin_project! {
    /// Polls a stream inside of an operation, which ends with the stream, with its first error, or when it is dropped.
    pub struct OperationStream<S, I: Instrumentation, O> {
        #[pin]
        stream: S,
        operation: Option<Operation<I>>,
        observe: O,
    }
}

impl<I: Instrumentation> Operation<I> {
    /// Runs a stream inside of the operation. `observe` sees each item, and says which of them is a failure.
    pub fn stream<S, O>(self, stream: S, observe: O) -> OperationStream<S, I, O>
    where
        S: Stream,
        O: FnMut(&mut I::State, &S::Item) -> Option<Failure<'static>>,
    {
        OperationStream {
            stream,
            operation: Some(self),
            observe,
        }
    }
}

impl<S, I, O> Stream for OperationStream<S, I, O>
where
    S: Stream,
    I: Instrumentation,
    O: FnMut(&mut I::State, &S::Item) -> Option<Failure<'static>>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(operation) = this.operation else {
            return this.stream.poll_next(cx);
        };
        let item = {
            let _attached = operation.attach();
            ready!(this.stream.poll_next(cx))
        };
        match &item {
            Some(item) => {
                let failure = operation
                    .state()
                    .and_then(|state| (this.observe)(state, item));
                if let Some(failure) = failure {
                    if let Some(operation) = this.operation.take() {
                        operation.fail(failure);
                    }
                }
            }
            None => {
                if let Some(operation) = this.operation.take() {
                    operation.complete();
                }
            }
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S, I: Instrumentation, O> fmt::Debug for OperationStream<S, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationStream").finish_non_exhaustive()
    }
}
