//! An asynchronous call: its body is polled inside of the operation, which ends with the output or when it is dropped.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{Code, Function};
use crate::Operation;

pin_project! {
    /// Polls a function's body inside of its operation.
    pub struct FunctionFuture<F, E> {
        // Before the operation, so that what the body drops still belongs to it.
        #[pin]
        future: F,
        // Until the first poll.
        called: Option<&'static Function>,
        operation: Operation<Code>,
        end: Option<E>,
    }
}

impl<F, E> FunctionFuture<F, E>
where
    F: Future,
    E: FnOnce(&F::Output, Operation<Code>),
{
    /// Polls `future` inside of `operation`, and gives both its output and the operation to `end`.
    pub fn new(operation: Operation<Code>, future: F, end: E) -> Self {
        Self {
            future,
            called: None,
            operation,
            end: Some(end),
        }
    }

    /// The same with an operation that starts when the future is first polled.
    pub fn call(function: &'static Function, future: F, end: E) -> Self {
        Self {
            future,
            called: Some(function),
            operation: Operation::off(),
            end: Some(end),
        }
    }
}

impl<F, E> Future for FunctionFuture<F, E>
where
    F: Future,
    E: FnOnce(&F::Output, Operation<Code>),
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(function) = this.called.take() {
            *this.operation = function.start(&|_| {});
        }
        let output = ready!(this.operation.run(|| this.future.poll(cx)));
        if let Some(end) = this.end.take() {
            end(&output, std::mem::replace(this.operation, Operation::off()));
        }
        Poll::Ready(output)
    }
}

impl<F, E> fmt::Debug for FunctionFuture<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionFuture").finish_non_exhaustive()
    }
}
