use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Response, StatusCode};
use http_body::Body;
use otel_auto_core::{Failure, Operation, http::HttpServer as Convention};
use pin_project_lite::pin_project;

use crate::ResponseBody;

/// The `error.type` of a service that gave an error instead of a response.
const SERVICE_ERROR: &str = "service_error";

pin_project! {
    /// The future of [`HttpServer`](crate::HttpServer).
    pub struct ResponseFuture<F> {
        // Before the operation: what the handler drops when it is cancelled still belongs to the request.
        #[pin]
        future: F,
        operation: Option<Operation<Convention>>,
        bodiless: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(future: F, operation: Operation<Convention>, bodiless: bool) -> Self {
        let operation = (!operation.is_off()).then_some(operation);
        Self {
            future,
            operation,
            bodiless,
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
                Some(operation) => head(operation, response, *this.bodiless),
                None => response.map(ResponseBody::plain),
            }),
            Err(error) => {
                if let Some(operation) = operation {
                    operation.fail(Failure::new(SERVICE_ERROR));
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
    bodiless: bool,
) -> Response<ResponseBody<R>> {
    let status = response.status();
    operation.responded(&response);
    // Of these a server never reads the body, whatever it says of itself.
    let bodiless = bodiless
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if bodiless {
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
