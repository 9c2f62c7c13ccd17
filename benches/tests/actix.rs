//! How often the actix-web middleware allocates, beyond an app without it. The bounds are today's counts: lower them
//! with the code, and raise them only for a reason.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use actix_http::Request;
use actix_web::{
    App, Error,
    body::{MessageBody, to_bytes},
    dev::{Service, ServiceResponse},
    test::{TestRequest, init_service},
    web,
};
use otel_auto_actix::HttpServerMiddleware;
use otel_auto_benches::{Mode, Sdk, allocations};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

const REQUESTS: usize = 128;

fn request() -> Request {
    TestRequest::get()
        .uri("/users/7?page=2")
        .insert_header(("host", "example.com:8080"))
        .insert_header(("user-agent", "test/1.0"))
        .peer_addr(([127, 0, 0, 1], 4711).into())
        .to_request()
}

/// The allocations of one request, from its head to the last byte of the response, once all is warm.
fn of_request<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
) -> f64 {
    let exchange = |request| {
        let mut exchange = pin!(async {
            let response = app.call(request).await.expect("a response");
            to_bytes(response.into_body()).await.ok().expect("a body")
        });
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(body) = exchange.as_mut().poll(&mut cx) else {
            panic!("an answer at once");
        };
        assert_eq!(body, "user 7");
    };
    let mut count = 0;
    for at in 0..2 * REQUESTS {
        // Made outside of what is counted.
        let request = request();
        let used = allocations::during(|| exchange(request));
        count += if at < REQUESTS { 0 } else { used };
    }
    count as f64 / REQUESTS as f64
}

async fn over_bare(mode: Mode) -> f64 {
    let _sdk = Sdk::install(mode);
    let app = || {
        App::new().route(
            "/users/{id}",
            web::get().to(|id: web::Path<u64>| async move { format!("user {id}") }),
        )
    };
    let bare = of_request(&init_service(app()).await);
    let ours = of_request(&init_service(app().wrap(HttpServerMiddleware::new())).await);
    println!(
        "{}: bare {bare}, otel-auto {ours}, over it {}",
        mode.name(),
        ours - bare
    );
    ours - bare
}

#[actix_web::test]
async fn a_request_allocates_no_more_than_it_did() {
    assert!(over_bare(Mode::None).await <= 0.0);
    assert!(over_bare(Mode::Off).await <= 1.0);
    assert!(over_bare(Mode::OffMetrics).await <= 3.0);
    assert!(over_bare(Mode::On).await <= 10.0);
}
