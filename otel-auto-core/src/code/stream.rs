//! A call that gives a stream: polled inside of the operation, which ends with the stream or when it is dropped.

use std::{
    borrow::Cow,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Code, output::End};
use crate::{Failure, Operation};

pin_project! {
    /// Polls a function's stream inside of its operation.
    ///
    /// An item that is a failure does not end the operation, as more may come; but it will have failed.
    pub struct FunctionStream<S, E> {
        // Before the operation, so that what the stream drops still belongs to it.
        #[pin]
        stream: S,
        call: Call,
        observe: E,
    }
}

impl<S, E> FunctionStream<S, E>
where
    S: Stream,
    E: FnMut(&S::Item, StreamItem<'_>),
{
    /// Polls `stream` inside of `operation`, and shows each item to `observe`.
    pub fn new(operation: Operation<Code>, stream: S, observe: E) -> Self {
        let call = Call {
            operation,
            failed: None,
        };
        Self {
            stream,
            call,
            observe,
        }
    }
}

impl<S, E> Stream for FunctionStream<S, E>
where
    S: Stream,
    E: FnMut(&S::Item, StreamItem<'_>),
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let item = {
            let _attached = this.call.operation.attach();
            ready!(this.stream.poll_next(cx))
        };
        match &item {
            Some(item) => (this.observe)(item, StreamItem(this.call)),
            None => this.call.end(),
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

struct Failed {
    error_type: Cow<'static, str>,
    description: Option<String>,
    exception_type: Option<Cow<'static, str>>,
}

struct Call {
    operation: Operation<Code>,
    /// The first failure, and its description if that is recorded.
    failed: Option<Failed>,
}

impl Call {
    fn end(&mut self) {
        let operation = std::mem::replace(&mut self.operation, Operation::off());
        let Some(failed) = self.failed.take() else {
            return operation.complete();
        };
        let mut failure = Failure::new(failed.error_type);
        let description = failed.description.as_ref();
        failure.description = description.map(|text| text as &dyn fmt::Display);
        failure.exception_type = failed.exception_type;
        operation.fail(failure);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Who stops at the first error has got the result.
        if self.failed.is_some() {
            self.end();
        }
    }
}

/// An item of a stream, to be judged.
pub struct StreamItem<'a>(&'a mut Call);

impl StreamItem<'_> {
    /// Will anything be recorded?
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.operation.is_live()
    }
}

impl End for StreamItem<'_> {
    fn end(self, failure: Option<Failure<'_>>) {
        let Self(call) = self;
        if call.failed.is_none() {
            let is_told = call.operation.tells_failures();
            call.failed = failure.map(|failure| {
                let description = failure.description.filter(|_| is_told);
                Failed {
                    description: description.map(ToString::to_string),
                    error_type: failure.error_type,
                    exception_type: failure.exception_type,
                }
            });
        }
    }
}

impl<S, E> fmt::Debug for FunctionStream<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionStream").finish_non_exhaustive()
    }
}

impl fmt::Debug for StreamItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamItem").finish_non_exhaustive()
    }
}
