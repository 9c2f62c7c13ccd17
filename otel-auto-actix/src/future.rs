use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ResponseHead, ServiceResponse},
    http::StatusCode,
};
use otel_auto_core::{
    Operation,
    http::{HttpResponse, HttpServer},
};
use pin_project_lite::pin_project;

use crate::{
    ResponseBody,
    request::{Asked, each_header, route},
};

pin_project! {
    /// The future of [`HttpServerService`](crate::HttpServerService).
    pub struct ResponseFuture<F> {
        // Before the operation: what the handler drops when it is cancelled still belongs to the request.
        #[pin]
        future: F,
        operation: Option<Operation<HttpServer>>,
        asked: Option<Asked>,
        bodiless: bool,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(operation) = this.operation {
                guess(operation, this.asked.as_ref());
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(
        future: F,
        operation: Operation<HttpServer>,
        asked: Option<Asked>,
        bodiless: bool,
    ) -> Self {
        let operation = (!operation.is_off()).then_some(operation);
        Self {
            future,
            operation,
            asked,
            bodiless,
        }
    }
}

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

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
                None => response.map_body(|_, body| ResponseBody::plain(body)),
            }),
            Err(error) => {
                if let Some(operation) = operation {
                    failed(operation, &error, this.asked.as_ref());
                }
                Err(error)
            }
        })
    }
}

/// The response's head is known: its body ends the operation, if one will be sent.
fn head<B: MessageBody>(
    mut operation: Operation<HttpServer>,
    response: ServiceResponse<B>,
    bodiless: bool,
) -> ServiceResponse<ResponseBody<B>> {
    let status = response.status();
    operation.responded(&Head(response.response().head()));
    if let Some(state) = operation.state()
        && let Some(route) = route(response.request())
    {
        state.route(route);
    }
    // Of these nothing is sent, whatever the body says of itself.
    let bodiless = bodiless
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if bodiless {
        operation.complete();
        return response.map_body(|_, body| ResponseBody::plain(body));
    }
    response.map_body(|_, body| ResponseBody::new(body, operation))
}

/// actix-web makes a response of the error, further outside. It is not made here as well, since that runs the
/// program's code; the status is what the error tells of itself.
fn failed(mut operation: Operation<HttpServer>, error: &Error, asked: Option<&Asked>) {
    guess(&mut operation, asked);
    if let Some(state) = operation.state() {
        state.status(error.as_response_error().status_code().as_u16());
    }
    operation.complete();
}

/// No response tells the route.
fn guess(operation: &mut Operation<HttpServer>, asked: Option<&Asked>) {
    if let Some(state) = operation.state()
        && let Some(route) = asked.and_then(Asked::route)
    {
        state.route(route);
    }
}

struct Head<'a>(&'a ResponseHead);

impl HttpResponse for Head<'_> {
    fn status(&self) -> u16 {
        self.0.status.as_u16()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.0.headers(), visit);
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
