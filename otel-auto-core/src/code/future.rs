//! An asynchronous call: starts with its first poll, ends with its output or when it is dropped.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{Code, Function};
use crate::{Attributes, Operation};

pin_project! {
    /// Polls a function's body inside of its operation.
    pub struct FunctionFuture<F, A, E> {
        // Before the operation, so that what the body drops still belongs to it.
        #[pin]
        future: F,
        call: State<A>,
        end: Option<E>,
    }
}

enum State<A> {
    Waiting { function: &'static Function, attributes: A },
    Running(Operation<Code>),
    Done,
}

impl<F, A, E> FunctionFuture<F, A, E> {
    pub(super) fn new(function: &'static Function, attributes: A, future: F, end: E) -> Self {
        Self { future, call: State::Waiting { function, attributes }, end: Some(end) }
    }
}

impl<F, A, E> Future for FunctionFuture<F, A, E>
where
    F: Future,
    A: Fn(&mut Attributes),
    E: FnOnce(&F::Output, Operation<Code>),
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let State::Waiting { function, attributes } = this.call {
            *this.call = State::Running(function.start(attributes));
        }
        let output = match this.call {
            State::Running(operation) => {
                let _attached = operation.attach();
                ready!(this.future.poll(cx))
            }
            State::Waiting { .. } | State::Done => return this.future.poll(cx),
        };
        if let State::Running(operation) = std::mem::replace(this.call, State::Done) {
            if let Some(end) = this.end.take() {
                end(&output, operation);
            }
        }
        Poll::Ready(output)
    }
}

impl<F, A, E> fmt::Debug for FunctionFuture<F, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionFuture").finish_non_exhaustive()
    }
}
