//! Request bodies whose size nobody announced are counted while the handler reads them.
//!
//! Only axum's: of a body of any other type nobody could make another of the same type.

use std::{
    any::Any,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use http::Request;
use http_body::{Body as _, Frame, SizeHint};
use otel_auto_core::http::BodyCounter;
use pin_project_lite::pin_project;

/// The size of a body that knows it.
pub(crate) fn known<B: 'static>(request: &Request<B>) -> Option<u64> {
    let request: &dyn Any = request;
    let request: &Request<Body> = request.downcast_ref()?;
    request.body().size_hint().exact()
}

/// Counts what is read of the body.
pub(crate) fn count<B: 'static>(
    request: &mut Request<B>,
    counter: impl FnOnce() -> Option<BodyCounter>,
) {
    let request: &mut dyn Any = request;
    let Some(request) = request.downcast_mut::<Request<Body>>() else {
        return;
    };
    if let Some(counter) = counter() {
        let body = mem::take(request.body_mut());
        *request.body_mut() = Body::new(Counted { body, counter });
    }
}

pin_project! {
    struct Counted {
        #[pin]
        body: Body,
        counter: BodyCounter,
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.counter.add(data.len() as u64);
                }
            }
            Some(Err(_)) => {}
            None => this.counter.add(0),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
