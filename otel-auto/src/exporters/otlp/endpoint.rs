//! Where requests go, in two forms: the URI that is posted to, and the text that may be shown.

use http::Uri;

use super::{BuildError, Signal};
use crate::config::{
    otlp::{Otlp, Protocol},
    proxy::Proxy,
};

/// A checked endpoint.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) uri: Uri,
    pub(super) protocol: Protocol,
    shown: String,
    /// Whether any header of the user's goes along.
    has_headers: bool,
    /// The proxy on the way, without its credentials.
    proxy: Option<String>,
}

impl Endpoint {
    pub(super) fn new(signal: Signal, settings: &Otlp) -> Result<Self, BuildError> {
        let given = settings.endpoint.trim();
        let shown = masked(given);
        let fault = |reason: &str| {
            BuildError(format!(
                "the OTLP endpoint for {} {shown:?} cannot be used: {reason}",
                signal.name()
            ))
        };
        let parsed: Uri = given.parse().map_err(|_| fault("it is not a URL"))?;
        let scheme = match parsed.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            Some(_) => return Err(fault("its scheme is neither http nor https")),
            None => return Err(fault("it needs a scheme, http:// or https://")),
        };
        if scheme == "https" && cfg!(not(feature = "tls")) {
            return Err(fault(
                "this program was built without TLS; enable the feature `tls` of otel-auto, or use http://",
            ));
        }
        let authority = parsed
            .authority()
            .map_or("", |authority| authority.as_str());
        // User info never goes out: HTTP/2 would send it as part of `:authority`.
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let path = match settings.protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => parsed
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            Protocol::Grpc => format!(
                "{}{}",
                parsed.path().trim_end_matches('/'),
                signal.grpc_path()
            ),
        };
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(host)
            .path_and_query(path)
            .build();
        Ok(Self {
            uri: uri.map_err(|_| fault("it is not a URL"))?,
            protocol: settings.protocol,
            shown,
            has_headers: !settings.headers.is_empty(),
            proxy: settings.proxy.as_ref().map(Proxy::shown),
        })
    }

    /// The URL for people: no user info, no query.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    pub(super) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// As `shown`, without the path: where all signals go that have no endpoint of their own.
    pub(super) fn origin(&self) -> &str {
        let start = self.shown.find("://").map_or(0, |at| at + 3);
        let rest = self.shown.get(start..).unwrap_or_default();
        let end = rest.find('/').map_or(self.shown.len(), |at| start + at);
        self.shown.get(..end).unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        let default = match self.uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        self.uri.port_u16().unwrap_or(default)
    }

    /// What to do about a refusal of who we are.
    pub(super) fn credentials_hint(&self) -> &'static str {
        if self.has_headers {
            "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS"
        } else {
            "; no credentials were sent: set OTEL_EXPORTER_OTLP_HEADERS"
        }
    }

    /// Whether a general endpoint was given with a signal's path already on it.
    pub(super) fn path_is_doubled(&self) -> bool {
        self.uri.path().matches("/v1/").count() > 1
    }

    /// What the port suggests about a mix-up of the protocols.
    pub(super) fn port_hint(&self) -> Option<&'static str> {
        match (self.protocol, self.uri.port_u16()) {
            (Protocol::HttpProtobuf | Protocol::HttpJson, Some(4317)) => Some(
                "4317 is the port of gRPC: use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            ),
            (Protocol::Grpc, Some(4318)) => Some(
                "4318 is the port of HTTP: use port 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            ),
            _ => None,
        }
    }
}

/// Works on any text, so that what is not a URL can be shown too.
fn masked(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url
        .split_once("://")
        .map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("***@{host}"),
        None => authority.to_owned(),
    };
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{authority}{path}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::exporters::otlp::tests::settings;

    fn endpoint(protocol: Protocol, url: &str) -> Result<Endpoint, BuildError> {
        Endpoint::new(Signal::Traces, &settings(protocol, url))
    }

    #[test]
    fn user_info_and_query_are_never_shown_and_user_info_is_never_sent() {
        let endpoint = endpoint(Protocol::HttpProtobuf, "http://me:pw@host:1/a?token=t").unwrap();
        assert_eq!(endpoint.shown(), "http://***@host:1/a");
        assert_eq!(endpoint.uri, "http://host:1/a?token=t");
    }

    #[test]
    fn grpc_appends_its_method_to_a_prefix() {
        let endpoint = endpoint(Protocol::Grpc, "http://host:4317/prefix/").unwrap();
        assert_eq!(
            endpoint.uri.path(),
            "/prefix/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
    }

    #[test]
    fn an_endpoint_without_scheme_is_refused_with_a_sentence() {
        let error = endpoint(Protocol::HttpProtobuf, "u:secret@localhost:4318")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("traces") && error.contains("http"),
            "{error}"
        );
        assert!(!error.contains("secret"), "{error}");
        for url in ["", "localhost", "ftp://x", "http://", "http:// x", "::"] {
            assert!(endpoint(Protocol::HttpProtobuf, url).is_err(), "{url}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn https_without_tls_is_refused_with_the_feature_that_would_help() {
        let error = endpoint(Protocol::Grpc, "https://h:4317")
            .unwrap_err()
            .to_string();
        assert!(error.contains("feature `tls`"), "{error}");
    }

    #[test]
    fn a_doubled_path_and_a_mixed_up_port_are_noticed() {
        let doubled =
            endpoint(Protocol::HttpProtobuf, "http://h:4317/v1/traces/v1/traces").unwrap();
        assert!(doubled.path_is_doubled());
        assert!(doubled.port_hint().unwrap().contains("gRPC"));
        let plain = endpoint(Protocol::HttpProtobuf, "http://h/v1/traces").unwrap();
        assert!(!plain.path_is_doubled());
        assert!(plain.port_hint().is_none());
    }
}
