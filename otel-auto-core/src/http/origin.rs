//! Where a request came from and what it was sent to, as the peer, its proxies and the request say.

use opentelemetry::Value;

use super::{HttpServerRequest, address, text_of};
use crate::{Attributes, Settings, semconv};

/// What the proxies say, if they are believed and there are any.
#[derive(Clone, Copy)]
struct Proxied<'a> {
    request: &'a dyn HttpServerRequest,
    forwarded: Option<&'a str>,
    trusted: bool,
}

impl<'a> Proxied<'a> {
    fn of(request: &'a dyn HttpServerRequest, settings: &Settings) -> Self {
        let trusted = settings.http.trust_forwarded && request.is_forwarded();
        Self {
            request,
            forwarded: trusted.then(|| request.header("forwarded")).flatten(),
            trusted,
        }
    }

    /// A parameter of `Forwarded`, or else the other header.
    fn get(self, parameter: &str, header: &str) -> Option<&'a str> {
        if !self.trusted {
            return None;
        }
        self.forwarded
            .and_then(|forwarded| address::forwarded(forwarded, parameter))
            .or_else(|| self.request.header(header).and_then(address::first))
    }

    /// Host and port as the client named them.
    fn authority(self) -> Option<&'a str> {
        self.get("host", "x-forwarded-host")
            .or_else(|| self.request.authority())
            .or_else(|| self.request.host())
    }

    /// A server that is not told speaks plain HTTP.
    fn scheme(self) -> &'static str {
        self.get("proto", "x-forwarded-proto")
            .and_then(address::scheme)
            .or_else(|| self.request.scheme().and_then(address::scheme))
            .unwrap_or("http")
    }
}

/// The scheme that the client used.
pub(super) fn scheme(request: &dyn HttpServerRequest, settings: &Settings) -> &'static str {
    Proxied::of(request, settings).scheme()
}

/// The absolute URL that the client asked for, with nothing redacted.
pub(super) fn url(request: &dyn HttpServerRequest, settings: &Settings) -> String {
    let proxied = Proxied::of(request, settings);
    let authority = proxied.authority().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // Not of `CONNECT`, which has none, nor of `OPTIONS *`.
    let path = Some(request.path()).filter(|path| path.starts_with('/'));
    let mut url = format!("{}://{host}{}", proxied.scheme(), path.unwrap_or_default());
    if let Some(query) = request.query() {
        url.push('?');
        url.push_str(query);
    }
    url
}

pub(super) fn add_addresses(
    request: &dyn HttpServerRequest,
    settings: &Settings,
    attributes: &mut Attributes,
) {
    let proxied = Proxied::of(request, settings);
    if let Some((host, port)) = proxied.authority().and_then(address::host_and_port) {
        attributes.span_only(semconv::SERVER_ADDRESS, host.to_owned());
        if let Some(port) = port {
            attributes.span_only(semconv::SERVER_PORT, i64::from(port));
        }
    }

    let peer = request.peer().map(|peer| (text_of(peer.ip()), peer.port()));
    let client = proxied
        .get("for", "x-forwarded-for")
        .and_then(address::host_and_port)
        .map(|(host, _)| host.into())
        .or_else(|| peer.as_ref().map(|(address, _)| address.clone()));
    if let Some(client) = client {
        attributes.span_only(semconv::CLIENT_ADDRESS, Value::String(client.into()));
    }
    if let Some((address, port)) = peer {
        attributes.span_only(semconv::NETWORK_PEER_ADDRESS, Value::String(address.into()));
        attributes.span_only(semconv::NETWORK_PEER_PORT, i64::from(port));
    }
}
