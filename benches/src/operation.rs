//! The operation that is measured: one request, from its head to the last byte of the response.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use http::{
    HeaderName, HeaderValue, Request,
    header::{HOST, USER_AGENT},
    request::Parts,
};
use http_body_util::BodyExt;
use tower_service::Service;

use crate::{Mode, Requests};

/// A router, and the requests that go round in it.
#[derive(Debug)]
pub struct Track {
    router: Router,
    heads: Vec<Parts>,
    next: usize,
}

impl Track {
    /// All requests of this mode, one after the other, through this router.
    #[must_use]
    pub fn new(router: Router, mode: Mode) -> Self {
        Self {
            router,
            heads: heads(mode.requests()),
            next: 0,
        }
    }

    /// Serves `count` requests.
    ///
    /// # Panics
    ///
    /// If an answer is not as it must be.
    pub fn serve(&mut self, count: usize) {
        for _ in 0..count {
            let head = self.heads[self.next].clone();
            self.next = (self.next + 1) % self.heads.len();
            let length = ready(exchange(
                &mut self.router,
                Request::from_parts(head, Body::empty()),
            ));
            assert_eq!(length, "user 7".len());
        }
    }
}

async fn exchange(router: &mut Router, request: Request<Body>) -> usize {
    let response: Response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let mut body = response.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame
            .expect("the body does not fail")
            .data_ref()
            .map_or(0, |data| data.len());
    }
    length
}

/// The output of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn heads(requests: Requests) -> Vec<Parts> {
    let count = if requests == Requests::Rotating {
        64
    } else {
        1
    };
    (0..count).map(|at| head(requests, at)).collect()
}

/// What a server hands over: the line, the headers of a common client, the peer.
fn head(requests: Requests, at: u8) -> Parts {
    let mut request = Request::get("/users/7").body(()).expect("a request");
    // Each peer keeps its user agent, as in life: 16 of them.
    let agent = format!(
        "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0",
        120 + at % 16,
        120 + at % 16
    );
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_static("api.example.com:8080"));
    headers.insert(
        USER_AGENT,
        HeaderValue::try_from(agent).expect("visible ASCII"),
    );
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("*/*"));
    if requests == Requests::Traceparent {
        let parent =
            HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        headers.insert(HeaderName::from_static("traceparent"), parent);
    }
    if requests == Requests::Rotating {
        let peer = SocketAddr::from((
            Ipv4Addr::new(10, 20, at * 3, 100 + at),
            40_000 + u16::from(at) * 37,
        ));
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    request.into_parts().0
}
