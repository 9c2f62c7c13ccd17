//! A server with one page. Whatever is asked of it, it takes little memory, and an end after some seconds.

use std::{convert::Infallible, net::TcpListener, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    sync::{Mutex, Semaphore},
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::Scrape;

const MAX_CONNECTIONS: usize = 16;
const MAX_HEAD: usize = 16 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// For a whole connection, which is one request.
const TIMEOUT: Duration = Duration::from_secs(30);
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Ends with the export thread.
pub(super) async fn serve(listener: TcpListener, scrape: Arc<Scrape>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let one_at_a_time = Arc::new(Mutex::new(()));
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        // A failed accept (a peer already gone, no file descriptor left) must not end the server, nor spin.
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (scrape, one_at_a_time) = (Arc::clone(&scrape), Arc::clone(&one_at_a_time));
        tokio::spawn(async move {
            let _slot = slot;
            let service = service_fn(|request| {
                let (scrape, one_at_a_time) = (Arc::clone(&scrape), Arc::clone(&one_at_a_time));
                async move { Ok::<_, Infallible>(answer(&request, scrape, &one_at_a_time).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(MAX_HEAD)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            let _ = timeout(TIMEOUT, connection).await;
        });
    }
}

/// The body is not read.
async fn answer<B>(
    request: &Request<B>,
    scrape: Arc<Scrape>,
    one_at_a_time: &Mutex<()>,
) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "metrics are at /metrics\n");
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        answer.headers_mut().insert(header::ALLOW, allowed);
        return answer;
    }
    let _turn = one_at_a_time.lock().await;
    // Not on this thread: a callback of the program's that takes long would hold up every export.
    match spawn_blocking(move || scrape.page()).await {
        Ok(Some(page)) => with(StatusCode::OK, TEXT, page.into()),
        Ok(None) => plain(StatusCode::SERVICE_UNAVAILABLE, "telemetry has ended\n"),
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics cannot be read\n",
        ),
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    with(status, PLAIN, body.into())
}

fn with(status: StatusCode, kind: HeaderValue, body: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
