//! A call, as the convention sees it.

use std::{net::SocketAddr, time::Duration};

use http::{HeaderMap, Request, Uri, header::CONTENT_TYPE};
use otel_auto_core::{http::each_header, rpc::RpcCall};
use tonic::GrpcMethod;

/// Is it gRPC at all? A router may serve other things beside it.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    content_type
        .and_then(|text| text.strip_prefix(b"application/grpc"))
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

pub(crate) struct ServerCall<'a, B>(pub(crate) &'a Request<B>);

impl<B> RpcCall for ServerCall<'_, B> {
    fn method(&self) -> &str {
        method(self.0.uri())
    }

    fn host(&self) -> Option<&str> {
        host(self.0.uri())
    }

    fn port(&self) -> Option<u16> {
        self.0.uri().port_u16()
    }

    fn peer(&self) -> Option<SocketAddr> {
        peer(self.0.extensions())
    }

    fn timeout(&self) -> Option<Duration> {
        timeout(self.0.headers())
    }

    fn metadata(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.0.headers(), visit);
    }
}

pub(crate) struct ClientCall<'a, B> {
    pub(crate) request: &'a Request<B>,
    pub(crate) target: &'a Target,
}

impl<B> RpcCall for ClientCall<'_, B> {
    fn method(&self) -> &str {
        let method = method(self.request.uri());
        // A client may put a path of its own before it.
        match self.generated() {
            Some(generated) => {
                let length = generated.service().len() + 1 + generated.method().len();
                let prefix = method.len().saturating_sub(length);
                method.get(prefix..).unwrap_or(method)
            }
            None => method,
        }
    }

    fn is_known(&self) -> bool {
        self.generated().is_some()
    }

    fn host(&self) -> Option<&str> {
        Some(&self.target.host)
    }

    fn port(&self) -> Option<u16> {
        self.target.port
    }

    fn timeout(&self) -> Option<Duration> {
        timeout(self.request.headers())
    }

    fn metadata(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.request.headers(), visit);
    }
}

impl<B> ClientCall<'_, B> {
    fn generated(&self) -> Option<&GrpcMethod<'static>> {
        self.request.extensions().get()
    }
}

/// What a channel calls.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    host: String,
    port: Option<u16>,
}

impl Target {
    pub(crate) fn of(uri: &Uri) -> Self {
        match host(uri) {
            Some(host) => Self {
                host: host.to_owned(),
                port: port(uri),
            },
            None => Self {
                host: uri.to_string(),
                port: None,
            },
        }
    }
}

fn method(uri: &Uri) -> &str {
    let path = uri.path();
    path.strip_prefix('/').unwrap_or(path)
}

fn host(uri: &Uri) -> Option<&str> {
    let host = uri.host()?.trim_matches(['[', ']']);
    (!host.is_empty()).then_some(host)
}

/// The port that is connected to.
fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })
}

fn peer(extensions: &http::Extensions) -> Option<SocketAddr> {
    if let Some(address) = extensions.get() {
        return Some(*address);
    }
    #[cfg(feature = "server")]
    if let Some(info) = extensions.get::<tonic::transport::server::TcpConnectInfo>() {
        return info.remote_addr();
    }
    // Of a connection with TLS only tonic knows what to look for, and whether it was built with TLS at all.
    #[cfg(feature = "server")]
    return tonic::Request::from_parts(Default::default(), extensions.clone(), ()).remote_addr();
    #[cfg(not(feature = "server"))]
    None
}

/// `grpc-timeout`: at most eight digits and a unit.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > 8 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_grpc_are_told_from_others() {
        for (content_type, wanted) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;charset=utf-8", true),
            ("application/grpc-web", false),
            ("application/json", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(is_grpc(&headers), wanted, "{content_type}");
        }
        assert!(!is_grpc(&HeaderMap::new()));
    }

    #[test]
    fn time_outs_are_read_and_nonsense_is_none() {
        for (text, wanted) in [
            ("1H", Some(3_600_000)),
            ("2M", Some(120_000)),
            ("3S", Some(3_000)),
            ("4m", Some(4)),
            ("5000u", Some(5)),
            ("6000000n", Some(6)),
            ("99999999H", Some(99_999_999 * 3_600_000)),
            ("123456789S", None),
            ("+1S", None),
            ("1", None),
            ("S", None),
            ("1s", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            assert_eq!(
                timeout(&headers),
                wanted.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    #[test]
    fn a_target_is_a_host_and_a_port_or_the_whole_text() {
        for (uri, host, port) in [
            ("http://greeter:50051", "greeter", Some(50_051)),
            ("https://[::1]", "::1", Some(443)),
            ("http://greeter", "greeter", Some(80)),
            ("/run/greeter.sock", "/run/greeter.sock", None),
        ] {
            let target = Target::of(&uri.parse().unwrap());
            assert_eq!((target.host.as_str(), target.port), (host, port));
        }
    }

    #[test]
    fn a_generated_client_names_the_method_whatever_path_is_before_it() {
        for (path, known, wanted) in [
            ("/pkg.Greeter/Hello", true, "pkg.Greeter/Hello"),
            ("/behind/proxy/pkg.Greeter/Hello", true, "pkg.Greeter/Hello"),
            ("/pkg.Greeter/Hello", false, "pkg.Greeter/Hello"),
        ] {
            let mut request = Request::builder().uri(path).body(()).unwrap();
            if known {
                request
                    .extensions_mut()
                    .insert(GrpcMethod::new("pkg.Greeter", "Hello"));
            }
            let call = ClientCall {
                request: &request,
                target: &Target::of(&Uri::from_static("http://greeter")),
            };
            assert_eq!((call.method(), call.is_known()), (wanted, known));
        }
    }
}
