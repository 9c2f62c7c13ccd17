//! A real actix-web server with the middleware, and a raw TCP client.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, Responder,
    body::MessageBody,
    dev::{ServerHandle, Service, ServiceFactory, ServiceRequest, ServiceResponse},
    error, get, post,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::{Stream, StreamExt, stream};
use otel_auto_actix::HttpServerMiddleware;
use otel_auto_testing::{Capture, MetricPoint, SpanView};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub const TICK: Duration = Duration::from_millis(100);

fn ticks(frames: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(0, move |sent| async move {
        if sent == frames {
            return None;
        }
        tokio::time::sleep(TICK).await;
        Some((Ok(Bytes::from(format!("tick {sent}\n"))), sent + 1))
    })
}

async fn fails_half_way() -> HttpResponse {
    HttpResponse::Ok().streaming(stream::iter([
        Ok(Bytes::from("half")),
        Err(std::io::Error::other("disk on fire")),
    ]))
}

async fn announced() -> HttpResponse {
    let chunks = ["12345", "67890"].map(|text| Ok::<_, Infallible>(Bytes::from(text)));
    // What comes after the last byte never comes.
    let body = stream::iter(chunks).chain(stream::pending());
    HttpResponse::Ok().no_chunking(10).streaming(body)
}

async fn slow() -> impl Responder {
    tokio::time::sleep(Duration::from_secs(30)).await;
    "late"
}

async fn panics() -> HttpResponse {
    panic!("on purpose")
}

async fn spawns() -> impl Responder {
    let context = otel_auto_core::opentelemetry::Context::current();
    actix_web::rt::spawn(async move {
        tokio::time::sleep(4 * TICK).await;
        drop(context);
    });
    "spawned"
}

async fn socket(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = actix_ws::handle(&request, payload)?;
    actix_web::rt::spawn(async move {
        while messages.next().await.is_some() {}
        drop(session);
    });
    Ok(response)
}

async fn number(id: web::Path<u64>) -> String {
    format!("number {id}")
}

#[get("/guarded")]
async fn guarded() -> &'static str {
    "got"
}

#[post("/guarded/{id}")]
async fn guarded_post() -> &'static str {
    "posted"
}

/// What the tests ask for.
pub fn routes(config: &mut ServiceConfig) {
    let user = |id: web::Path<String>| async move { format!("user {id}") };
    let items = web::scope("/items")
        .route(
            "/{item}",
            web::get().to(|path: web::Path<(String, String)>| async move { path.1.clone() }),
        )
        .service(guarded_post);
    config
        .route("/", web::get().to(|| async { "root" }))
        .service(
            web::resource("/users/{id}")
                .route(web::get().to(user))
                .route(web::head().to(user)),
        )
        .route(
            "/missing/{id}",
            web::get().to(|| async { HttpResponse::NotFound().body("no such thing") }),
        )
        .route("/numbers/{id}", web::get().to(number))
        .route("/error", web::get().to(HttpResponse::InternalServerError))
        .route(
            "/fails",
            web::get().to(|| async {
                Err::<&str, _>(error::ErrorInternalServerError("secret of the database"))
            }),
        )
        .route("/empty", web::get().to(HttpResponse::NoContent))
        .service(web::resource("/only-post").route(web::post().to(|| async { "posted" })))
        .service(guarded)
        .route(
            "/json",
            web::post().to(|body: web::Json<Vec<u8>>| async move { format!("{body:?}") }),
        )
        .route("/any", web::to(|| async { "any" }))
        .route("/slow", web::get().to(slow))
        .route("/panic", web::get().to(panics))
        .route(
            "/stream",
            web::to(|| async { HttpResponse::Ok().streaming(ticks(4)) }),
        )
        .route(
            "/endless",
            web::get().to(|| async { HttpResponse::Ok().streaming(ticks(usize::MAX)) }),
        )
        .route("/half", web::get().to(fails_half_way))
        .route("/announced", web::get().to(announced))
        .route("/spawns", web::get().to(spawns))
        .route("/socket", web::get().to(socket))
        .service(web::scope("/api/{tenant}").service(items))
        .default_service(web::to(|| async {
            HttpResponse::NotFound().body("nothing here")
        }));
}

pub struct Server {
    pub capture: Capture,
    pub address: SocketAddr,
    /// The same, for HTTP/2 without TLS.
    pub h2: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    pub fn start() -> Self {
        Self::with(Capture::new(), 1, |middleware| {
            App::new().configure(routes).wrap(middleware)
        })
    }

    /// Serves this app on so many workers. `app` is called on each of them.
    pub fn with<T, B>(
        capture: Capture,
        workers: usize,
        app: impl Fn(HttpServerMiddleware) -> App<T> + Send + Clone + 'static,
    ) -> Self
    where
        T: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        T::Future: 'static,
        T::Service: 'static,
        <T::Service as Service<ServiceRequest>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let middleware = HttpServerMiddleware::new().providers(capture.providers());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let h2_listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let h2 = h2_listener.local_addr().unwrap();
        let server = HttpServer::new(move || app(middleware.clone()))
            .workers(workers)
            .disable_signals()
            .shutdown_timeout(0)
            // Else a handler goes on for a client that has closed its connection.
            .h1_allow_half_closed(false)
            .listen(listener)
            .unwrap()
            .listen_auto_h2c(h2_listener)
            .unwrap()
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            capture,
            address,
            h2,
            handle,
        }
    }

    /// Sends these lines as a request's head, with `Host` and an end.
    pub async fn send(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head}\r\nhost: example.com:8080\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a request and reads until the server closes.
    pub async fn exchange(&self, head: &str) -> String {
        let mut stream = self.send(&format!("{head}\r\nconnection: close")).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The one span, when it has ended.
    pub async fn span(&self) -> SpanView {
        let mut spans = self.spans(1).await;
        assert_eq!(spans.len(), 1, "{}", self.capture.tree());
        spans.remove(0)
    }

    pub async fn spans(&self, count: usize) -> Vec<SpanView> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let spans = self.capture.spans();
            if spans.len() >= count || Instant::now() > deadline {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The gauge, and the count and attributes of each duration point.
    pub fn active(&self) -> f64 {
        let points = self.capture.metric("http.server.active_requests");
        assert!(!points.is_empty());
        points.iter().map(MetricPoint::number).sum()
    }

    /// The one point of the duration metric, recorded once.
    pub fn duration(&self) -> MetricPoint {
        let mut points = self.capture.metric("http.server.request.duration");
        assert_eq!(points.len(), 1, "{points:?}");
        let point = points.remove(0);
        assert_eq!(point.number(), 1.0);
        point
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Told at once, whether or not anybody waits for it.
        drop(self.handle.stop(false));
    }
}
