//! A server that answers as a path says, and keeps the heads of the requests that arrived.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// How long `/slow` and `/slow-body` take.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Whom a request is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// 127.0.0.1.
    Plain,
    /// `[::1]`.
    Ipv6,
    /// A port that nobody listens on.
    Refused,
    /// The same server, which speaks no TLS, by `https`.
    Tls,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `None` if there is no such address on this machine.
    #[allow(clippy::expect_used)]
    pub(super) async fn start(to: To) -> Option<Self> {
        let host = if to == To::Ipv6 {
            "[::1]:0"
        } else {
            "127.0.0.1:0"
        };
        let listener = match TcpListener::bind(host).await {
            Err(_) if to == To::Ipv6 => return None,
            listener => listener.expect("a free port"),
        };
        let address = listener.local_addr().expect("it is bound");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        if to != To::Refused {
            let heads = Arc::clone(&heads);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let heads = Arc::clone(&heads);
                    tokio::spawn(async move { answer(stream, &heads).await });
                }
            });
        }
        Some(Self { address, heads })
    }

    /// The heads of the requests that arrived, as they were sent.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn answer(mut stream: TcpStream, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 || request.first() == Some(&0x16) {
            // The beginning of a TLS handshake, or no request at all.
            return stream.write_all(b"HTTP/1.1 400 No TLS\r\n\r\n").await;
        }
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    heads
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head);

    let status = |status: &str| {
        format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    };
    let redirect =
        |to: &str| status("302").replace("\r\n\r\n", &format!("\r\nlocation: {to}\r\n\r\n"));
    let response = match path.as_str() {
        "/redirect" => redirect("/status/200"),
        "/loop" => redirect("/loop"),
        "/hang" => {
            sleep(Duration::from_secs(30)).await;
            return Ok(());
        }
        "/reset" => {
            stream.set_zero_linger()?;
            return Ok(());
        }
        "/garbage" => "220 mail.example ESMTP\r\n".to_owned(),
        "/slow" => {
            sleep(PAUSE).await;
            status("200")
        }
        "/slow-body" => {
            let head = status("200").replace("content-length: 0", "content-length: 4");
            stream.write_all(head.as_bytes()).await?;
            sleep(PAUSE).await;
            "body".to_owned()
        }
        path => match path.strip_prefix("/status/") {
            Some(code) => status(code),
            None => status("200"),
        },
    };
    stream.write_all(response.as_bytes()).await?;
    // What the client still sends must not turn the end into a reset.
    stream.shutdown().await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}
