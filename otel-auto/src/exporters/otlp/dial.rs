//! Connections to a receiver: direct, or through an HTTP proxy, which forwards plain HTTP/1.1 and opens a tunnel
//! (`CONNECT`) for TLS and for gRPC.

use std::{
    error::Error,
    fmt,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower_service::Service;

use super::failure::{Cause, Failure};
use crate::config::{
    otlp::{Otlp, Protocol},
    proxy::Proxy,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// More than any proxy says before a tunnel is open.
const MAX_HEAD: usize = 8 * 1024;

/// Does a proxy see the requests themselves?
pub(super) fn is_forwarded(settings: &Otlp, endpoint: &Uri) -> bool {
    settings.proxy.is_some()
        && settings.protocol != Protocol::Grpc
        && endpoint.scheme_str() == Some("http")
}

/// The value of `Proxy-Authorization`.
pub(super) fn authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let mut value: HeaderValue = proxy.authorization.as_ref()?.parse().ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The way to one endpoint.
#[derive(Clone)]
pub(super) struct Dialer {
    tcp: HttpConnector,
    proxy: Option<Proxy>,
    forwarded: bool,
}

impl Dialer {
    pub(super) fn new(settings: &Otlp, endpoint: &Uri) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self {
            tcp,
            proxy: settings.proxy.clone(),
            forwarded: is_forwarded(settings, endpoint),
        }
    }
}

impl Service<Uri> for Dialer {
    type Response = Line;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Line, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let forwarded = self.forwarded;
        let Some(proxy) = self.proxy.clone() else {
            let connecting = self.tcp.call(to);
            return Box::pin(async move {
                let stream = connecting.await?;
                Ok(Line { stream, forwarded })
            });
        };
        let connecting = self.tcp.call(proxy.uri.clone());
        Box::pin(async move {
            let trouble = |what| ProxyError {
                proxy: proxy.shown(),
                what,
            };
            let stream = connecting
                .await
                .map_err(|error| trouble(What::Unreachable(Failure::from_error(&error))))?;
            if forwarded {
                return Ok(Line { stream, forwarded });
            }
            let mut stream = stream.into_inner();
            open_tunnel(&mut stream, &to, &proxy)
                .await
                .map_err(trouble)?;
            let stream = TokioIo::new(stream);
            Ok(Line { stream, forwarded })
        })
    }
}

async fn open_tunnel(stream: &mut TcpStream, to: &Uri, proxy: &Proxy) -> Result<(), What> {
    let host = to.host().unwrap_or_default();
    let default = if to.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let place = format!("{host}:{}", to.port_u16().unwrap_or(default));
    let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n").into_bytes();
    if let Some(value) = authorization(proxy) {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    // Byte by byte: what comes after the head belongs to the receiver, and it may speak first.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(What::NoHttp);
        }
        head.push(stream.read_u8().await?);
    }
    match status(&head) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(What::Refused(status)),
        None => Err(What::NoHttp),
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    rest.split(' ').nth(1)?.parse().ok()
}

/// A connection, and whether a proxy reads the requests on it: to it, they name the whole URL.
pub(super) struct Line {
    stream: TokioIo<TcpStream>,
    forwarded: bool,
}

impl Connection for Line {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.forwarded)
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}

/// The proxy is at fault, not the receiver.
#[derive(Debug)]
pub(super) struct ProxyError {
    /// Without its credentials.
    proxy: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Unreachable(Failure),
    Refused(u16),
    NoHttp,
    Broken(io::Error),
}

impl From<io::Error> for What {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl ProxyError {
    pub(super) fn to_failure(&self) -> Failure {
        let status = match self.what {
            What::Refused(status) => status,
            What::Unreachable(_) | What::NoHttp | What::Broken(_) => 0,
        };
        Failure::new(Cause::Proxy(status), self.to_string())
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = &self.proxy;
        match &self.what {
            What::Unreachable(failure) => {
                let why = match failure.cause {
                    Cause::Refused => "connection refused",
                    Cause::Dns => "its host name was not found",
                    _ => &failure.detail,
                };
                write!(f, "the proxy {proxy} cannot be reached: {why}")
            }
            What::Refused(status) => write!(f, "the proxy {proxy} answered {status}"),
            What::NoHttp => write!(f, "the proxy {proxy} does not speak HTTP"),
            What::Broken(error) if error.kind() == ErrorKind::UnexpectedEof => {
                write!(f, "the proxy {proxy} hung up")
            }
            What::Broken(error) => write!(f, "the connection to the proxy {proxy} broke: {error}"),
        }
    }
}

impl Error for ProxyError {}
