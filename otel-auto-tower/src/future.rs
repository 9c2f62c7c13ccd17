use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Method, Response, StatusCode};
use http_body::Body;
use otel_auto_core::{Failure, Operation, http::HttpServer as Convention};
use pin_project_lite::pin_project;

use crate::ResponseBody;

/// The `error.type` of a service that gave an error instead of a response.
const SERVICE_ERROR: &str = "service_error";

/// The method that a response answers, as far as it tells whether there is a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Head,
    Connect,
    Other,
}

impl Answers {
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Other,
        }
    }

    /// Will no byte of the body be sent, whatever it says of itself?
    fn without_body(self, status: StatusCode) -> bool {
        match self {
            Self::Head => true,
            // A tunnel, or a WebSocket over HTTP/2.
            Self::Connect if status.is_success() => true,
            _ => {
                status.is_informational()
                    || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            }
        }
    }
}

pin_project! {
    /// The future of [`HttpServer`](crate::HttpServer).
    pub struct ResponseFuture<F> {
        // Before the operation: what the handler drops when it is cancelled still belongs to the request.
        #[pin]
        future: F,
        operation: Option<Operation<Convention>>,
        answers: Answers,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(future: F, operation: Operation<Convention>, answers: Answers) -> Self {
        let operation = (!operation.is_off()).then_some(operation);
        Self {
            future,
            operation,
            answers,
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = match this.operation {
            Some(operation) => {
                let _attached = operation.attach();
                ready!(this.future.poll(cx))
            }
            None => ready!(this.future.poll(cx)),
        };
        let operation = this.operation.take();
        Poll::Ready(match result {
            Ok(response) => Ok(match operation {
                Some(operation) => head(operation, response, *this.answers),
                None => response.map(ResponseBody::plain),
            }),
            Err(error) => {
                if let Some(operation) = operation {
                    operation.fail(Failure::new(SERVICE_ERROR).of_type::<E>());
                }
                Err(error)
            }
        })
    }
}

/// The response's head is known: its body ends the operation, if one will be sent.
fn head<R: Body>(
    mut operation: Operation<Convention>,
    response: Response<R>,
    answers: Answers,
) -> Response<ResponseBody<R>> {
    operation.responded(&response);
    // A server never reads such a body, so that it could not end the operation.
    if answers.without_body(response.status()) {
        if answers != Answers::Head {
            operation.response_data(0);
        }
        operation.complete();
        return response.map(ResponseBody::plain);
    }
    let (parts, body) = response.into_parts();
    let body = operation.body(body, &parts.headers);
    Response::from_parts(parts, body)
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
