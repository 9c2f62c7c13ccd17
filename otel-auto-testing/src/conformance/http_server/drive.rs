//! The clients: bytes on a TCP connection for HTTP/1, hyper's for HTTP/2.

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::case::{Case, Drive, Protocol};

/// A server that hangs must not hang the suite.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the client saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// Of the response, if one came.
    pub(super) status: Option<u16>,
    /// The client's end of the connection.
    pub(super) local: SocketAddr,
    /// A connection that is still open.
    pub(super) _open: Option<TcpStream>,
}

/// Sends the request. `before_cut` is called right before the client goes away, and when the answer is read.
pub(super) async fn drive(
    case: &Case,
    address: SocketAddr,
    before_cut: impl FnOnce(),
) -> io::Result<Seen> {
    let stream = TcpStream::connect(address).await?;
    let local = stream.local_addr()?;
    let driven = async {
        match case.protocol {
            Protocol::Http2 => {
                let status = http2(case, stream, before_cut)
                    .await
                    .map_err(io::Error::other)?;
                Ok((status, None))
            }
            _ => http1(case, stream, before_cut).await,
        }
    };
    let (status, open) = timeout(PATIENCE, driven)
        .await
        .unwrap_or(Ok((None, None)))?;
    Ok(Seen {
        status,
        local,
        _open: open,
    })
}

fn head(case: &Case) -> String {
    let mut head = format!(
        "{} {} HTTP/{}\r\n",
        case.method,
        case.target,
        case.version()
    );
    let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
    if let Some(host) = case.host {
        add("host", host);
    }
    for (name, value) in &case.headers {
        add(name, value);
    }
    if case.drive != Drive::Upgrade {
        add("connection", "close");
    }
    // A body in chunks is one that ends by itself.
    let is_chunked = case
        .headers
        .iter()
        .any(|(name, _)| *name == "transfer-encoding");
    if !case.body.is_empty() && !is_chunked {
        add("content-length", &case.body.len().to_string());
    }
    head.push_str("\r\n");
    head
}

async fn http1(
    case: &Case,
    mut stream: TcpStream,
    before_cut: impl FnOnce(),
) -> io::Result<(Option<u16>, Option<TcpStream>)> {
    stream.write_all(head(case).as_bytes()).await?;
    stream.write_all(case.body.as_bytes()).await?;
    let mut answer = Vec::new();
    match case.drive {
        Drive::Exchange | Drive::Together(_) => {
            // A connection that is reset has told what it had to tell.
            let _ = stream.read_to_end(&mut answer).await;
            before_cut();
            Ok((status(&answer), None))
        }
        Drive::CutBeforeHead(after) => {
            sleep(after).await;
            before_cut();
            Ok((None, None))
        }
        Drive::CutInBody => {
            read_until(&mut stream, &mut answer, |answer| body(answer) > 0).await?;
            before_cut();
            Ok((status(&answer), None))
        }
        Drive::Upgrade => {
            read_until(&mut stream, &mut answer, |answer| {
                find_end(answer).is_some()
            })
            .await?;
            before_cut();
            Ok((status(&answer), Some(stream)))
        }
    }
}

async fn read_until(
    stream: &mut TcpStream,
    answer: &mut Vec<u8>,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    while !is_enough(answer) {
        if stream.read_buf(answer).await? == 0 {
            break;
        }
    }
    Ok(())
}

fn find_end(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n")
}

fn body(answer: &[u8]) -> usize {
    find_end(answer).map_or(0, |end| answer.len() - end - 4)
}

/// The status of the first response that is not `100 Continue`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let status = line
        .strip_prefix("HTTP/")?
        .split(' ')
        .nth(1)?
        .parse()
        .ok()?;
    if status != 100 {
        return Some(status);
    }
    self::status(answer.get(find_end(answer)? + 4..)?)
}

async fn http2(
    case: &Case,
    stream: TcpStream,
    before_cut: impl FnOnce(),
) -> Result<Option<u16>, Box<dyn std::error::Error + Send + Sync>> {
    let mut request = Request::builder().method(case.method).uri(format!(
        "http://{}{}",
        case.host.unwrap_or_default(),
        case.target
    ));
    for (name, value) in &case.headers {
        request = request.header(*name, *value);
    }
    if !case.body.is_empty() {
        request = request.header(header::CONTENT_LENGTH, case.body.len());
    }
    let request = request.body(Full::new(Bytes::from_static(case.body.as_bytes())))?;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let pending = sender.send_request(request);
    if let Drive::CutBeforeHead(after) = case.drive {
        let _ = timeout(after, pending).await;
        before_cut();
        // The stream is reset; the connection is still there.
        sleep(Duration::from_millis(20)).await;
        return Ok(None);
    }
    // A handler that panics takes the connection with it.
    let Ok(response) = pending.await else {
        return Ok(None);
    };
    let status = response.status().as_u16();
    let mut body = response.into_body();
    if case.drive == Drive::CutInBody {
        let _ = body.frame().await;
    } else {
        while let Some(Ok(_)) = body.frame().await {}
    }
    before_cut();
    drop(body);
    sleep(Duration::from_millis(20)).await;
    drop(sender);
    connection.abort();
    Ok(Some(status))
}
