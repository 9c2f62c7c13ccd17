//! The suite's routes on actix-web, with opentelemetry-instrumentation-actix-web.

use std::{io, net::SocketAddr};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::stream;
use opentelemetry::Context;
use opentelemetry_instrumentation_actix_web::{RequestMetrics, RequestTracing};
use otel_auto_testing::{
    Capture,
    conformance::http_server::{Features, SLOW, StartServer, TICK},
};
use tokio::time::sleep;

use crate::install::install;

/// opentelemetry-instrumentation-actix-web.
#[derive(Debug)]
pub(crate) struct Actix;

impl StartServer for Actix {
    fn features(&self) -> Features {
        let mut features = Features::default();
        // actix-web lets a handler finish whose client has gone, and has its WebSockets in another crate.
        features.cancels = false;
        features.websocket = false;
        features.http2 = false;
        features
    }

    async fn start(&self, capture: &Capture) -> SocketAddr {
        install(capture);
        let server = HttpServer::new(|| {
            App::new()
                .wrap(RequestTracing::new())
                .wrap(RequestMetrics::default())
                .configure(routes)
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let address = server.addrs()[0];
        tokio::spawn(server.run());
        address
    }
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
        .route("/spawns", web::get().to(spawns));
}

async fn status(code: web::Path<u16>) -> HttpResponse {
    HttpResponse::new(StatusCode::from_u16(*code).expect("the suite sends real ones"))
}

async fn slow() -> &'static str {
    sleep(SLOW).await;
    "late"
}

async fn panics() -> &'static str {
    panic!()
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
