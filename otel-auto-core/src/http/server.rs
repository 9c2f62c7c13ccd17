//! HTTP server spans, `http.server.request.duration` and `http.server.active_requests`.

use std::{borrow::Cow, net::SocketAddr};

use opentelemetry::{InstrumentationScope, KeyValue, trace::SpanKind, trace::TraceContextExt};

use super::{
    BodyCounter, HttpResponse, Method, SERVER_ACTIVE, SERVER_DURATION, SERVER_REQUEST_SIZE,
    SERVER_RESPONSE_SIZE, Version, body_size::BodySizes, bounded, origin, redact, status_text,
};
use crate::{
    Attributes, Ending, ExceptionEvent, Instrumentation, Metrics, Operation, Outcome, Settings,
    Sizes, SpanKey, captured, intern::joined, library::Library, semconv,
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
    library: Library,
}

impl HttpServer {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub const fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            library: Library::new(scope, version, name),
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
    sizes: BodySizes,
}

impl Operation<HttpServer> {
    /// The head of the response is known.
    pub fn responded(&mut self, response: &dyn HttpResponse) {
        if let Some(state) = self.state() {
            state.status = Some(response.status());
        }
        if let Some((context, settings)) = self.recorded() {
            captured::headers(
                semconv::HTTP_RESPONSE_HEADER,
                &settings.http.server_headers.response,
                &settings.http.sanitized_headers,
                |visit| response.headers(visit),
                |key, value| context.span().set_attribute(KeyValue::new(key, value)),
            );
        }
    }
}

impl HttpServerState {
    /// The status code that was sent.
    pub fn status(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Counts the bytes of the request's body, if its size is wanted and was not announced.
    pub fn count_request(&mut self) -> Option<BodyCounter> {
        self.sizes.counter()
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
    const EXCEPTION: Option<ExceptionEvent> =
        Some(ExceptionEvent::error("http.server.request.exception"));
    const BRIDGED: bool = true;

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Server
    }

    fn name(&self) -> &'static str {
        self.library.name
    }

    fn metrics(&self, settings: &Settings) -> Metrics {
        Metrics {
            duration: Some(SERVER_DURATION),
            active: settings
                .http
                .server_active_requests
                .then_some(SERVER_ACTIVE),
            request_size: settings.http.body_sizes.then_some(SERVER_REQUEST_SIZE),
            response_size: settings.http.body_sizes.then_some(SERVER_RESPONSE_SIZE),
        }
    }

    fn excluded(&self, request: &Self::Request<'_>, settings: &Settings) -> bool {
        settings
            .http
            .excluded_urls
            .of(self.library.name)
            .is_some_and(|excluded| excluded.is_match(&origin::url(*request, settings)))
    }

    fn scope(&self) -> InstrumentationScope {
        self.library.scope()
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
        attributes.add(semconv::URL_SCHEME, origin::scheme(*request, settings));
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
            // `CONNECT` has none.
            if !request.path().is_empty() {
                attributes.span_only(semconv::URL_PATH, request.path().to_owned());
            }
            if let Some(query) = request.query().filter(|query| !query.is_empty()) {
                let query =
                    redact::query(query, &settings.http.sensitive_query_parameters).into_owned();
                attributes.span_only(semconv::URL_QUERY, query);
            }
            origin::add_addresses(*request, settings, attributes);
            if let Some(agent) = request.user_agent().filter(|agent| !agent.is_empty()) {
                attributes.span_only(semconv::USER_AGENT_ORIGINAL, agent.to_owned());
            }
            captured::headers(
                semconv::HTTP_REQUEST_HEADER,
                &settings.http.server_headers.request,
                &settings.http.sanitized_headers,
                |visit| request.headers(visit),
                |key, value| attributes.span_named(key, value),
            );
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
                sizes: BodySizes::new(&settings.http, || request.body_size()),
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
        state.sizes.tell(attributes);
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

    fn response_data(&self, state: &mut HttpServerState, bytes: u64) {
        state.sizes.sent(bytes);
    }

    fn sizes(&self, state: &HttpServerState) -> Sizes {
        state.sizes.sizes()
    }

    fn routed(&self, state: &mut HttpServerState, route: &'static str) {
        state.route = Some(route);
    }
}
