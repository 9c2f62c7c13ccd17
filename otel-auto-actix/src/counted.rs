//! Request bodies whose size nobody announced are counted while the handler reads them.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpMessage,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    web::Bytes,
};
use futures_core::Stream;
use otel_auto_core::http::BodyCounter;

/// Counts what is read of the body.
pub(crate) fn count(request: &mut ServiceRequest, counter: BodyCounter) {
    let body = request.take_payload();
    if matches!(body, Payload::None) {
        counter.add(0);
        return;
    }
    let payload = Box::pin(Counted { body, counter });
    request.set_payload(Payload::Stream { payload });
}

struct Counted {
    body: Payload,
    counter: BodyCounter,
}

impl Stream for Counted {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.body).poll_next(cx));
        match &chunk {
            Some(Ok(bytes)) => self.counter.add(bytes.len() as u64),
            Some(Err(_)) => {}
            None => self.counter.add(0),
        }
        Poll::Ready(chunk)
    }
}
