//! A future that runs inside of an operation and ends it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{Instrumentation, Operation};

pin_project! {
    /// Polls a future inside of an operation, which ends when the future is ready, or is dropped.
    pub struct OperationFuture<F, I: Instrumentation, E> {
        // Before the operation: it may still run user code when it is dropped, and the operation's end comes last.
        #[pin]
        future: F,
        parts: Option<(Operation<I>, E)>,
    }
}

impl<I: Instrumentation> Operation<I> {
    /// Runs a future inside of the operation. `end` ends the operation by what the future gave.
    pub fn future<F, E>(self, future: F, end: E) -> OperationFuture<F, I, E>
    where
        F: Future,
        E: FnOnce(Operation<I>, &F::Output),
    {
        OperationFuture {
            future,
            parts: Some((self, end)),
        }
    }
}

impl<F, I, E> Future for OperationFuture<F, I, E>
where
    F: Future,
    I: Instrumentation,
    E: FnOnce(Operation<I>, &F::Output),
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = match this.parts {
            Some((operation, _)) => {
                let _attached = operation.attach();
                ready!(this.future.poll(cx))
            }
            None => ready!(this.future.poll(cx)),
        };
        if let Some((operation, end)) = this.parts.take() {
            end(operation, &output);
        }
        Poll::Ready(output)
    }
}

impl<F, I: Instrumentation, E> fmt::Debug for OperationFuture<F, I, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationFuture").finish_non_exhaustive()
    }
}
