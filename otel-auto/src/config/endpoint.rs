//! The URL of an OTLP receiver.

use http::{Uri, uri::Authority};

use super::{
    env::{Env, using},
    otlp::Protocol,
    otlp_env::Signal,
    vars::{ALL, OtlpVariables, Url, Variable},
};

/// What decides about the endpoint besides its own variables.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) signal: Signal,
    pub(super) protocol: Protocol,
    /// For gRPC without a scheme: no TLS.
    pub(super) insecure: bool,
}

impl Target {
    /// The URL for the exporter: a signal's own as it is, the general one as a base, or the default.
    pub(super) fn read(self, env: &mut Env<'_>, own: &OtlpVariables) -> String {
        if let Some(url) = self.parse(env, own.endpoint, "using the general endpoint") {
            return match self.protocol {
                Protocol::HttpProtobuf | Protocol::HttpJson if url.path.is_empty() => {
                    format!("{}/", url.origin)
                }
                _ => url.text(),
            };
        }
        let default = match self.protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => "http://localhost:4318",
            Protocol::Grpc => "http://localhost:4317",
        };
        let base = match self.parse(env, ALL.endpoint, &using(default)) {
            Some(url) => url.base(),
            None => default.to_owned(),
        };
        match self.protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                format!("{base}/v1/{}", self.signal.path())
            }
            Protocol::Grpc => base,
        }
    }

    fn parse(self, env: &mut Env<'_>, variable: &Variable<Url>, instead: &str) -> Option<Endpoint> {
        let text = env.text(variable)?;
        let whole = match (text.contains("://"), self.protocol, self.insecure) {
            (true, ..) | (_, Protocol::HttpProtobuf | Protocol::HttpJson, _) => text.clone(),
            (false, Protocol::Grpc, true) => format!("http://{text}"),
            (false, Protocol::Grpc, false) => format!("https://{text}"),
        };
        let url = match Endpoint::parse(&whole) {
            Ok(url) => url,
            Err(problem) => {
                env.warn(variable, &text, problem, instead);
                return None;
            }
        };
        if url.shortened {
            let problem = "has user information, a query or a fragment, which OTLP does not send \
                           (credentials go in OTEL_EXPORTER_OTLP_HEADERS)";
            env.warn(variable, &text, problem, using(url.text()));
        }
        self.doubts(env, variable, &text, &url);
        Some(url)
    }

    /// What is almost surely meant otherwise, but may be right.
    fn doubts(self, env: &mut Env<'_>, variable: &Variable<Url>, text: &str, url: &Endpoint) {
        const KEPT: &str = "using it even so";
        match (self.protocol, url.port) {
            (Protocol::HttpProtobuf | Protocol::HttpJson, Some(4317)) => {
                let problem = "has the port of gRPC, and the protocol is http/protobuf: \
                               set the port to 4318, or OTEL_EXPORTER_OTLP_PROTOCOL=grpc";
                let problem = match self.protocol {
                    Protocol::HttpJson => problem.replace("http/protobuf", "http/json"),
                    _ => problem.to_owned(),
                };
                env.warn(variable, text, problem, KEPT);
            }
            (Protocol::Grpc, Some(4318)) => {
                let problem = "has the port of HTTP, and the protocol is grpc: \
                               set the port to 4317, or OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
                env.warn(variable, text, problem, KEPT);
            }
            _ => {}
        }
        if self.protocol != Protocol::Grpc && variable.name == ALL.endpoint.name {
            let doubled = Signal::ALL
                .into_iter()
                .map(|signal| format!("/v1/{}", signal.path()));
            if let Some(path) = doubled.into_iter().find(|path| url.base().ends_with(path)) {
                let problem =
                    format!("is a base to which the signal's path is appended: leave out `{path}`");
                env.warn(variable, text, problem, KEPT);
            }
        }
    }
}

/// The parts of a URL that OTLP uses.
struct Endpoint {
    /// Scheme, host and port.
    origin: String,
    /// Empty, or from its `/` on.
    path: String,
    port: Option<u16>,
    /// Whether something was left out.
    shortened: bool,
}

impl Endpoint {
    fn parse(text: &str) -> Result<Self, &'static str> {
        const MALFORMED: &str = "is not a URL";
        if !text.contains("://") {
            return Err("has no scheme, `http://` or `https://`");
        }
        let uri: Uri = text.parse().map_err(|_| MALFORMED)?;
        let Some(scheme @ ("http" | "https")) = uri.scheme_str() else {
            return Err("has a scheme other than `http://` and `https://`");
        };
        let authority = uri.authority().map(Authority::as_str).ok_or(MALFORMED)?;
        let (user, place) = match authority.rsplit_once('@') {
            Some((_, place)) => (true, place),
            None => (false, authority),
        };
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or(MALFORMED)?;
        let port = uri.port_u16();
        // `:+80` is a number to the standard library.
        if port == Some(0) || (port.is_none() && place != host) || place.contains('+') {
            return Err("has a port that is not a number from 1 to 65535");
        }
        let origin = format!("{scheme}://{place}");
        // What may stand before an `@` may not all stand after it.
        let whole: Uri = origin.parse().map_err(|_| MALFORMED)?;
        if whole.host() != Some(host) {
            return Err(MALFORMED);
        }
        Ok(Self {
            origin,
            // The root says nothing; any other slash at the end was written on purpose.
            path: Some(uri.path())
                .filter(|path| *path != "/")
                .unwrap_or_default()
                .to_owned(),
            port,
            shortened: user || text.contains(['?', '#']),
        })
    }

    fn text(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// To append to.
    fn base(&self) -> String {
        self.text().trim_end_matches('/').to_owned()
    }
}
