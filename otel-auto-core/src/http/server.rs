//! HTTP server spans, `http.server.request.duration` and `http.server.active_requests`.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use opentelemetry::{InstrumentationScope, Value, trace::SpanKind};

use super::{
    HttpResponse, Method, SERVER_ACTIVE, SERVER_DURATION, Version, address, redact, status_text,
};
use crate::{
    Attributes, Ending, Instrumentation, Metrics, Operation, Outcome, Settings, SpanKey,
    intern::joined, semconv,
};

/// What the convention asks of an incoming request.
pub trait HttpServerRequest {
    /// The method as it came: `GET`.
    fn method(&self) -> &str;

    /// The path, without query: `/users/7`.
    fn path(&self) -> &str;

    /// The query, without `?`.
    fn query(&self) -> Option<&str> {
        None
    }

    /// The first value of a header. Names are in lower case.
    fn header(&self, name: &str) -> Option<&str>;

    /// The value of each header that is text. Names are in lower case.
    fn headers(&self, _visit: &mut dyn FnMut(&str, &str)) {}

    /// The size of the body in bytes, if it is known beforehand.
    fn body_size(&self) -> Option<u64> {
        None
    }

    /// The header `Host`.
    fn host(&self) -> Option<&str> {
        self.header("host")
    }

    /// The header `User-Agent`.
    fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }

    /// May there be headers of a proxy, `Forwarded` or `X-Forwarded-*`? `false` saves looking for each.
    fn is_forwarded(&self) -> bool {
        true
    }

    /// The scheme, if the transport or the request line tells it: `https`.
    fn scheme(&self) -> Option<&str> {
        None
    }

    /// The authority of the request line or of HTTP/2's `:authority`.
    fn authority(&self) -> Option<&str> {
        None
    }

    /// The protocol's version.
    fn version(&self) -> Option<Version> {
        None
    }

    /// The other end of the connection.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// The template of the route that matched: `/users/{id}`. Never made up, and known before the handler runs
    /// only if routing came first.
    fn route(&self) -> Option<&'static str> {
        None
    }
}

/// The convention of HTTP server spans and metrics (semantic conventions, `http/http-spans.md#http-server`).
#[derive(Debug, Clone)]
pub struct HttpServer {
    scope: &'static str,
    version: &'static str,
    name: &'static str,
}

impl HttpServer {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub const fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            scope,
            version,
            name,
        }
    }
}

/// What is learnt of a request while it is served.
#[derive(Debug)]
pub struct HttpServerState {
    method: Method,
    named: Option<&'static str>,
    route: Option<&'static str>,
    status: Option<u16>,
}

impl Operation<HttpServer> {
    /// The head of the response is known.
    pub fn responded(&mut self, response: &dyn HttpResponse) {
        if let Some(state) = self.state() {
            state.status = Some(response.status());
        }
    }
}

impl HttpServerState {
    /// The status code that was sent.
    pub fn status(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// The route that matched, found after the start.
    pub fn route(&mut self, route: &'static str) {
        self.route = Some(route);
    }
}

impl Instrumentation for HttpServer {
    type Request<'a> = &'a dyn HttpServerRequest;
    type State = HttpServerState;

    const KEY: Option<SpanKey> = Some(SpanKey::HttpServer);
    const BRIDGED: bool = true;

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Server
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn metrics(&self, settings: &Settings) -> Metrics {
        Metrics {
            duration: Some(SERVER_DURATION),
            active: settings
                .http
                .server_active_requests
                .then_some(SERVER_ACTIVE),
            ..Metrics::NONE
        }
    }

    fn scope(&self) -> InstrumentationScope {
        semconv::scope(self.scope, self.version)
    }

    fn start(
        &self,
        request: &Self::Request<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, HttpServerState) {
        let method = Method::of(request.method(), settings);
        let route = request.route();
        attributes.add(semconv::HTTP_REQUEST_METHOD, method.attribute);
        attributes.add(semconv::URL_SCHEME, scheme(*request, settings));
        if let Some(version) = request.version() {
            attributes.add(semconv::NETWORK_PROTOCOL_VERSION, version.as_str());
        }
        if attributes.is_recording() {
            if method.is_other() {
                attributes.span_only(
                    semconv::HTTP_REQUEST_METHOD_ORIGINAL,
                    bounded(request.method()),
                );
            }
            attributes.span_only(semconv::URL_PATH, request.path().to_owned());
            if let Some(query) = request.query().filter(|query| !query.is_empty()) {
                let query =
                    redact::query(query, &settings.http.sensitive_query_parameters).into_owned();
                attributes.span_only(semconv::URL_QUERY, query);
            }
            add_addresses(*request, settings, attributes);
            if let Some(agent) = request.user_agent().filter(|agent| !agent.is_empty()) {
                attributes.span_only(semconv::USER_AGENT_ORIGINAL, agent.to_owned());
            }
        }
        let name = match route {
            Some(route) => joined(method.name, route),
            None => Cow::Borrowed(method.name),
        };
        (
            name,
            HttpServerState {
                method,
                named: route,
                route,
                status: None,
            },
        )
    }

    fn end(
        &self,
        state: &mut HttpServerState,
        outcome: &Outcome<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        // A path may match a route that has no handler for the method: no route answered then. This is why the
        // attribute waits for the end.
        let route = state.route.filter(|_| state.status != Some(405));
        if let Some(route) = route {
            attributes.add(semconv::HTTP_ROUTE, route);
        }
        if let Some(status) = state.status {
            attributes.add(semconv::HTTP_RESPONSE_STATUS_CODE, status);
        }
        let mut ending = Ending::default();
        let error_type = match outcome {
            Outcome::Completed => state
                .status
                .filter(|status| *status >= 500)
                .map(|status| status_text(status).into()),
            Outcome::Failed(failure) => Some(failure.error_type.clone()),
            Outcome::Cancelled => Some(semconv::CANCELLED.into()),
            Outcome::Panicked => Some(semconv::PANIC.into()),
        };
        if let Some(error_type) = error_type {
            attributes.add(semconv::ERROR_TYPE, error_type);
            // The attributes tell what there is to tell.
            ending = Ending::error(None);
        }
        if route != state.named {
            ending.name = Some(match route {
                Some(route) => joined(state.method.name, route),
                None => Cow::Borrowed(state.method.name),
            });
        }
        ending
    }

    fn suppressed(&self, request: &Self::Request<'_>) {
        if let Some(route) = request.route() {
            crate::publish_route(route);
        }
    }

    fn routed(&self, state: &mut HttpServerState, route: &'static str) {
        state.route = Some(route);
    }
}

/// The scheme that the client used. A server that is not told speaks plain HTTP.
fn scheme(request: &dyn HttpServerRequest, settings: &Settings) -> &'static str {
    let forwarded = if settings.http.trust_forwarded && request.is_forwarded() {
        request
            .header("forwarded")
            .and_then(|header| address::forwarded(header, "proto"))
            .or_else(|| request.header("x-forwarded-proto").and_then(address::first))
    } else {
        None
    };
    forwarded
        .and_then(address::scheme)
        .or_else(|| request.scheme().and_then(address::scheme))
        .unwrap_or("http")
}

fn add_addresses(
    request: &dyn HttpServerRequest,
    settings: &Settings,
    attributes: &mut Attributes,
) {
    let trusted = settings.http.trust_forwarded && request.is_forwarded();
    let forwarded = trusted.then(|| request.header("forwarded")).flatten();
    let proxied = |name| {
        trusted
            .then(|| request.header(name).and_then(address::first))
            .flatten()
    };

    let host = forwarded
        .and_then(|header| address::forwarded(header, "host"))
        .or_else(|| proxied("x-forwarded-host"))
        .or_else(|| request.authority())
        .or_else(|| request.host());
    if let Some((host, port)) = host.and_then(address::host_and_port) {
        attributes.span_only(semconv::SERVER_ADDRESS, host.to_owned());
        if let Some(port) = port {
            attributes.span_only(semconv::SERVER_PORT, i64::from(port));
        }
    }

    let peer = request.peer().map(|peer| (text_of(peer.ip()), peer.port()));
    let client = forwarded
        .and_then(|header| address::forwarded(header, "for"))
        .or_else(|| proxied("x-forwarded-for"))
        .and_then(address::host_and_port)
        .map(|(host, _)| Arc::from(host))
        .or_else(|| peer.as_ref().map(|(address, _)| Arc::clone(address)));
    if let Some(client) = client {
        attributes.span_only(semconv::CLIENT_ADDRESS, Value::String(client.into()));
    }
    if let Some((address, port)) = peer {
        attributes.span_only(semconv::NETWORK_PEER_ADDRESS, Value::String(address.into()));
        attributes.span_only(semconv::NETWORK_PEER_PORT, i64::from(port));
    }
}

/// A method that nobody knows may be as long as the peer likes.
fn bounded(method: &str) -> String {
    method.chars().take(64).collect()
}

/// An address as text. Formatting one the general way costs more than all else that is done for a request's
/// attributes, so the common case is written by hand.
pub(super) fn text_of(address: IpAddr) -> Arc<str> {
    let IpAddr::V4(address) = address.to_canonical() else {
        return address.to_string().into();
    };
    let mut text = [0_u8; 15];
    let mut length = 0;
    let mut push = |byte: u8| {
        if let Some(slot) = text.get_mut(length) {
            *slot = byte;
            length += 1;
        }
    };
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            push(b'.');
        }
        if octet >= 100 {
            push(b'0' + octet / 100);
        }
        if octet >= 10 {
            push(b'0' + octet / 10 % 10);
        }
        push(b'0' + octet % 10);
    }
    text.get(..length)
        .and_then(|text| std::str::from_utf8(text).ok())
        .unwrap_or_default()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "10.20.30.40",
            "255.255.255.255",
            "100.9.99.105",
            "::1",
            "2001:db8::1",
        ] {
            assert_eq!(&*text_of(text.parse().expect("an address")), text);
        }
        assert_eq!(
            &*text_of("::ffff:10.0.0.1".parse().expect("an address")),
            "10.0.0.1"
        );
    }
}
