//! The conformance suite of HTTP servers, on actix-web.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{io, net::SocketAddr};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes, Payload, ServiceConfig},
};
use futures_util::stream;
use otel_auto_actix::HttpServerMiddleware;
use otel_auto_core::opentelemetry::Context;
use otel_auto_testing::{
    Capture,
    conformance::http_server::{self, Features, SLOW, StartServer, TICK},
};
use tokio::time::sleep;

/// actix-web, with the middleware.
#[derive(Debug)]
pub(crate) struct Actix;

impl StartServer for Actix {
    fn features(&self) -> Features {
        let mut features = Features::default();
        // actix-web keeps the handler of a stream that is reset.
        features.cancels_http2 = false;
        features
    }

    async fn start(&self, capture: &Capture) -> SocketAddr {
        let middleware = HttpServerMiddleware::new().providers(capture.providers());
        let server = HttpServer::new(move || App::new().configure(routes).wrap(middleware.clone()))
            .workers(1)
            .disable_signals()
            .h1_allow_half_closed(false)
            .bind_auto_h2c(("127.0.0.1", 0))
            .expect("a free port");
        let address = server.addrs()[0];
        tokio::spawn(server.run());
        address
    }
}

#[tokio::test]
async fn actix_web_conforms() {
    http_server::run(&Actix).await.assert_conforms();
}

fn routes(app: &mut ServiceConfig) {
    let items = web::scope("/api/{tenant}").route("/items/{item}", web::get().to(async || "item"));
    app.route("/", web::get().to(async || "root"))
        .service(
            web::resource("/users/{id}")
                .route(web::get().to(async |id: web::Path<String>| id.into_inner()))
                .route(web::head().to(async |id: web::Path<String>| id.into_inner())),
        )
        .route("/echo", web::post().to(async |body: Bytes| body))
        .service(items)
        .route("/status/{code}", web::get().to(status))
        .service(web::resource("/any").to(async || "any"))
        .service(web::resource("/only-post").route(web::post().to(async || "posted")))
        .route("/slow", web::get().to(slow))
        .route("/panic", web::get().to(panics))
        .route("/stream", web::get().to(async || ticks(4)))
        .route("/endless", web::get().to(async || ticks(usize::MAX)))
        .route("/broken", web::get().to(broken))
        .route("/spawns", web::get().to(spawns))
        .route("/socket", web::get().to(socket));
}

async fn socket(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    let (response, session, mut messages) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(async move {
        let _session = session;
        while messages.recv().await.is_some() {}
    });
    Ok(response)
}

async fn status(code: web::Path<u16>) -> HttpResponse {
    HttpResponse::new(StatusCode::from_u16(*code).expect("the suite sends real ones"))
}

async fn slow() -> &'static str {
    sleep(SLOW).await;
    "late"
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

fn ticks(chunks: usize) -> HttpResponse {
    HttpResponse::Ok().streaming(stream::unfold(0, move |sent| async move {
        if sent == chunks {
            return None;
        }
        sleep(TICK).await;
        Some((Ok::<_, io::Error>(Bytes::from("tick\n")), sent + 1))
    }))
}

async fn broken() -> HttpResponse {
    HttpResponse::Ok().streaming(stream::unfold(0, async |sent| match sent {
        0 => Some((Ok(Bytes::from("half")), 1)),
        _ => {
            sleep(TICK).await;
            Some((Err(io::Error::other("broken")), 2))
        }
    }))
}

async fn spawns() -> &'static str {
    let context = Context::current();
    actix_web::rt::spawn(async move {
        sleep(SLOW).await;
        drop(context);
    });
    "spawned"
}
