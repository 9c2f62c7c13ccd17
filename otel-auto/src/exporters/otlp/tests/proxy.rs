//! Through a real, small proxy, to a receiver whose name only the proxy knows.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

use otel_auto_testing::receiver::{Receiver, Transport};

use super::*;
use crate::config::proxy::Proxy;

/// Takes every request with these credentials to one place, whatever host it names.
struct SmallProxy {
    address: SocketAddr,
    /// The first line and `Proxy-Authorization` of each.
    heads: mpsc::Receiver<(String, Option<String>)>,
}

impl SmallProxy {
    fn start(to: SocketAddr, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heads) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let tell = tell.clone();
                thread::spawn(move || serve(stream.unwrap(), to, answer, &tell));
            }
        });
        Self { address, heads }
    }

    fn settings(&self, user: Option<&str>) -> Option<Proxy> {
        Some(Proxy {
            uri: format!("http://{}/", self.address).parse().unwrap(),
            authorization: user
                .map(|user| format!("Basic {}", crate::base64::encode(user.as_bytes()))),
        })
    }
}

/// One head; then a tunnel, or the request in its own form. An `answer` is all that it gives.
fn serve(
    stream: TcpStream,
    to: SocketAddr,
    answer: &str,
    tell: &mpsc::Sender<(String, Option<String>)>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line);
    }
    let authorization = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then(|| value.trim().to_owned())
    });
    let first = lines[0].trim().to_owned();
    let _ = tell.send((first.clone(), authorization));
    let mut client = stream;
    if !answer.is_empty() {
        let _ = client.write_all(answer.as_bytes());
        // Until the client hangs up, so that it can read the answer.
        let _ = client.set_read_timeout(Some(SECOND));
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
        return;
    }
    let Ok(mut server) = TcpStream::connect(to) else {
        return;
    };
    if first.starts_with("CONNECT ") {
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\nVia: small\r\n\r\n")
            .unwrap();
    } else {
        let (method, rest) = first.split_once(' ').unwrap();
        let path = rest.splitn(4, '/').nth(3).unwrap();
        let mut head = format!("{method} /{path}\r\nconnection: close\r\n");
        for line in &lines[1..] {
            if !line.to_lowercase().starts_with("proxy-") {
                head.push_str(line);
            }
        }
        server.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    }
    let mut from_server = server.try_clone().unwrap();
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut client);
        let _ = client.shutdown(Shutdown::Both);
    });
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = reader.read(&mut chunk) {
        if server.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
}

const NOWHERE: &str = "http://collector.invalid:4318";

#[test]
fn plain_http_is_forwarded_with_the_whole_url_and_the_credentials() {
    let receiver = Receiver::start();
    let proxy = SmallProxy::start(receiver.address(), "");
    for protocol in [Protocol::HttpProtobuf, Protocol::HttpJson] {
        let probe = Probe::new(&Otlp {
            proxy: proxy.settings(Some("me:secret")),
            ..at(protocol, NOWHERE, Signal::Traces)
        });
        probe.export(&["work"]).unwrap();
        assert_eq!(probe.said(), [""; 0]);
        let (first, authorization) = proxy.heads.recv().unwrap();
        assert_eq!(
            first,
            "POST http://collector.invalid:4318/v1/traces HTTP/1.1"
        );
        assert_eq!(authorization.as_deref(), Some("Basic bWU6c2VjcmV0"));
    }
    assert_eq!(receiver.spans().len(), 2);
    let request = &receiver.requests()[0];
    assert_eq!(request.header("host"), Some("collector.invalid:4318"));
}

#[test]
fn grpc_goes_through_a_tunnel_and_the_receiver_sees_no_credentials_of_the_proxy() {
    let receiver = Receiver::start();
    let proxy = SmallProxy::start(receiver.address(), "");
    let probe = Probe::new(&Otlp {
        proxy: proxy.settings(Some("me:secret")),
        ..at(
            Protocol::Grpc,
            "http://collector.invalid:4317",
            Signal::Traces,
        )
    });
    probe.export(&["work"]).unwrap();
    probe.export(&["more"]).unwrap();
    let (first, authorization) = proxy.heads.recv().unwrap();
    assert_eq!(first, "CONNECT collector.invalid:4317 HTTP/1.1");
    assert_eq!(authorization.as_deref(), Some("Basic bWU6c2VjcmV0"));
    assert!(
        proxy.heads.try_recv().is_err(),
        "one connection serves both"
    );
    assert_eq!(receiver.spans().len(), 2);
    for request in receiver.requests() {
        assert_eq!(request.transport, Transport::Grpc);
        assert_eq!(request.header("proxy-authorization"), None);
    }
}

#[cfg(feature = "tls")]
#[test]
fn tls_goes_through_a_tunnel_over_every_protocol() {
    let receiver = Receiver::start();
    let authority = super::tls::Authority::new();
    let base = super::tls::terminate_tls(authority.server(false), receiver.address());
    let port = base.rsplit(':').next().unwrap();
    let behind = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    let proxy = SmallProxy::start(behind, "");
    for protocol in PROTOCOLS {
        let probe = Probe::new(&Otlp {
            proxy: proxy.settings(None),
            certificate: authority.file("ca.pem"),
            ..at(protocol, &base, Signal::Traces)
        });
        probe.export(&["work"]).unwrap();
        let (first, authorization) = proxy.heads.recv().unwrap();
        assert_eq!(first, format!("CONNECT localhost:{port} HTTP/1.1"));
        assert_eq!(authorization, None);
    }
    assert_eq!(receiver.spans().len(), 3);
    assert!(
        receiver
            .requests()
            .iter()
            .all(|request| request.header("proxy-authorization").is_none())
    );
}

#[test]
fn a_proxy_that_refuses_is_told_apart_from_the_receiver() {
    const DENIED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let cases = [
        (DENIED, "407"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403"),
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", "503"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "does not speak HTTP"),
    ];
    for (answer, expected) in cases {
        let proxy = SmallProxy::start(([127, 0, 0, 1], 1).into(), answer);
        let probe = Probe::new(&Otlp {
            proxy: proxy.settings(Some("me:secret")),
            timeout: Some(SECOND / 2),
            ..at(
                Protocol::Grpc,
                "http://collector.invalid:4317",
                Signal::Traces,
            )
        });
        let said = probe.complaint();
        let place = format!("the proxy http://***@{}", proxy.address);
        assert!(said.contains(&place) && said.contains(expected), "{said}");
        assert!(!said.contains("secret") && !said.contains("bWU6"), "{said}");
    }
    let proxy = SmallProxy::start(([127, 0, 0, 1], 1).into(), DENIED);
    let said = Probe::new(&Otlp {
        proxy: proxy.settings(None),
        ..at(Protocol::HttpProtobuf, NOWHERE, Signal::Traces)
    })
    .complaint();
    assert!(
        said.contains("407") && said.contains("HTTP_PROXY="),
        "{said}"
    );
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    for protocol in PROTOCOLS {
        let gone = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let proxy = Proxy {
            uri: format!("http://{gone}/").parse().unwrap(),
            authorization: None,
        };
        let said = Probe::new(&Otlp {
            proxy: Some(proxy),
            timeout: Some(SECOND / 4),
            ..at(protocol, NOWHERE, Signal::Traces)
        })
        .complaint();
        let expected = format!("the proxy http://{gone} cannot be reached: connection refused");
        assert!(
            said.contains(&expected) && said.contains("NO_PROXY"),
            "{said}"
        );
    }
}
