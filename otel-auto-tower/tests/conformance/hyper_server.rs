//! The suite's routes on hyper, matched by hand: there is no router that could tell a route.

use std::{convert::Infallible, io, net::SocketAddr};

use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use otel_auto_core::opentelemetry::Context;
use otel_auto_testing::{
    Capture,
    conformance::http_server::{Features, SLOW, StartServer, TICK},
};
use otel_auto_tower::HttpServerLayer;
use tokio::{net::TcpListener, time::sleep};
use tower::ServiceBuilder;

pub(crate) struct Hyper;

impl StartServer for Hyper {
    fn features(&self) -> Features {
        let mut features = Features::default();
        features.routes = false;
        features
    }

    async fn start(&self, capture: &Capture) -> SocketAddr {
        let layer = HttpServerLayer::new().providers(capture.providers());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let service = ServiceBuilder::new()
                    .map_request(move |mut request: Request<Incoming>| {
                        insert_peer(&mut request, peer);
                        request
                    })
                    .layer(layer.clone())
                    .service_fn(answer);
                tokio::spawn(async move {
                    auto::Builder::new(TokioExecutor::new())
                        .serve_connection_with_upgrades(
                            TokioIo::new(stream),
                            TowerToHyperService::new(service),
                        )
                        .await
                });
            }
        });
        address
    }
}

#[cfg(feature = "axum")]
fn insert_peer(request: &mut Request<Incoming>, peer: SocketAddr) {
    request
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(peer));
}

#[cfg(not(feature = "axum"))]
fn insert_peer(request: &mut Request<Incoming>, peer: SocketAddr) {
    request.extensions_mut().insert(peer);
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        [""] | ["users" | "any", ..] | ["api", _, "items", _] => full("answer"),
        ["echo"] => full(request.into_body().collect().await.unwrap().to_bytes()),
        ["status", code] => return Ok(status(code.parse().unwrap())),
        ["only-post"] if request.method() != Method::POST => {
            return Ok(status(StatusCode::METHOD_NOT_ALLOWED));
        }
        ["slow"] => {
            sleep(SLOW).await;
            full("late")
        }
        ["panic"] => panic!("on purpose"),
        ["stream"] => ticks(4),
        ["endless"] => ticks(usize::MAX),
        ["broken"] => broken(),
        ["spawns"] => {
            let context = Context::current();
            tokio::spawn(async move {
                sleep(SLOW).await;
                drop(context);
            });
            full("spawned")
        }
        ["socket"] => return Ok(upgrade(request)),
        _ => return Ok(status(StatusCode::NOT_FOUND)),
    };
    Ok(Response::new(body))
}

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn status(code: StatusCode) -> Response<Body> {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = code;
    response
}

fn ticks(chunks: usize) -> Body {
    let ticks = stream::unfold(0, move |sent| async move {
        if sent == chunks {
            return None;
        }
        sleep(TICK).await;
        Some((Ok(Frame::data(Bytes::from("tick\n"))), sent + 1))
    });
    StreamBody::new(ticks).boxed_unsync()
}

fn broken() -> Body {
    let chunks = stream::unfold(0, async |sent| match sent {
        0 => Some((Ok(Frame::data(Bytes::from("half"))), 1)),
        _ => {
            sleep(TICK).await;
            Some((Err(io::Error::other("broken")), 2))
        }
    });
    StreamBody::new(chunks).boxed_unsync()
}

/// The suite never speaks on its socket: that the connection stays open is enough.
fn upgrade(request: Request<Incoming>) -> Response<Body> {
    tokio::spawn(async move {
        let open = hyper::upgrade::on(request).await;
        sleep(SLOW).await;
        drop(open);
    });
    let mut response = status(StatusCode::SWITCHING_PROTOCOLS);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, "upgrade".parse().unwrap());
    headers.insert(header::UPGRADE, "websocket".parse().unwrap());
    response
}
