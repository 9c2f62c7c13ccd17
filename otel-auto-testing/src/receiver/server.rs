//! The server itself: one thread with a current-thread runtime that owns the listener and every connection, so
//! that ending the thread closes them all.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use http::header;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::sync::oneshot;

use super::{
    answer::{self, Answer},
    behaviour::Verdict,
    decode::{self, Transport},
    store::Store,
};

/// What a compressed body may not exceed.
const MAX_BODY: usize = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy)]
pub(super) enum Speaks {
    Both,
    Http1,
    Http2,
}

#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    running: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl Server {
    pub(super) fn start(
        address: SocketAddr,
        speaks: Speaks,
        store: Arc<Store>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("otlp-receiver".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, speaks, store) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            running: Mutex::new(Some((stop, thread))),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns once the port is closed.
    pub(super) fn stop(&self) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, thread)) = running {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(listener: tokio::net::TcpListener, speaks: Speaks, store: Arc<Store>) {
    let server = match speaks {
        Speaks::Both => auto::Builder::new(TokioExecutor::new()),
        Speaks::Http1 => auto::Builder::new(TokioExecutor::new()).http1_only(),
        Speaks::Http2 => auto::Builder::new(TokioExecutor::new()).http2_only(),
    };
    loop {
        // A failed accept (a peer already gone, no file descriptor left) must not end the receiver, nor spin.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let server = server.clone();
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let store = Arc::clone(&store);
                async move { Ok::<_, Infallible>(respond(&store, request).await) }
            });
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(store: &Store, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let transport = match head.headers.get(header::CONTENT_TYPE) {
        Some(kind) if kind.as_bytes().starts_with(b"application/grpc") => Transport::Grpc,
        Some(kind) if kind.as_bytes().starts_with(b"application/json") => Transport::HttpJson,
        _ => Transport::HttpProtobuf,
    };
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        store.undecodable();
        return answer::refusal(
            transport,
            413,
            "the body is too large or was cut short",
            None,
        );
    };
    let request = match decode::decode(head.uri.path(), &head.headers, &body.to_bytes()) {
        Ok(request) => request,
        Err(error) => {
            store.undecodable();
            return answer::refusal(transport, error.status(), &error.to_string(), None);
        }
    };
    let signal = request.signal;
    let behaviour = store.take(request);
    tokio::time::sleep(behaviour.delay).await;
    match behaviour.verdict {
        Verdict::Accept => answer::success(transport, signal, None),
        Verdict::Partial { rejected, message } => {
            answer::success(transport, signal, Some((rejected, message)))
        }
        Verdict::Refuse { status } => {
            answer::refusal(transport, status, "refused", behaviour.retry_after)
        }
        Verdict::Silence => std::future::pending().await,
    }
}
