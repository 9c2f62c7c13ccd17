use std::{
    fmt,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use otel_auto_core::{Operation, OperationFuture, http::HttpClient};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    error, request,
    reqwest::{Client, Error, Request, Response},
};

/// reqwest has no name for its future, but its `Service` has.
type Pending = <Client as Service<Request>>::Future;

type End = fn(Operation<HttpClient>, &Result<Response, Error>);

pin_project! {
    /// The future of [`send_traced`](super::RequestBuilderExt::send_traced).
    #[must_use = "futures do nothing unless polled"]
    pub struct SendTraced {
        #[pin]
        state: State,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State {
        Sent { #[pin] future: OperationFuture<Pending, HttpClient, End> },
        Unbuilt { error: Ready<Error> },
    }
}

impl SendTraced {
    pub(crate) fn sent(
        mut client: &Client,
        mut request: Request,
        template: Option<&'static str>,
    ) -> Self {
        let operation = request::start(&request::INSTRUMENTER, &mut request, template, 0);
        let future = operation.future(client.call(request), end as End);
        Self {
            state: State::Sent { future },
        }
    }

    pub(crate) fn unbuilt(error: Error) -> Self {
        Self {
            state: State::Unbuilt {
                error: ready(error),
            },
        }
    }
}

fn end(operation: Operation<HttpClient>, result: &Result<Response, Error>) {
    match result {
        Ok(response) => request::answered(operation, response),
        Err(error) => error::fail(operation, error),
    }
}

impl Future for SendTraced {
    type Output = Result<Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Sent { future } => future.poll(cx),
            StateProjection::Unbuilt { error } => Pin::new(error).poll(cx).map(Err),
        }
    }
}

impl fmt::Debug for SendTraced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendTraced").finish_non_exhaustive()
    }
}
