//! HTTP client spans and `http.client.request.duration`.

use std::{borrow::Cow, net::SocketAddr};

use opentelemetry::{InstrumentationScope, KeyValue, trace::SpanKind, trace::TraceContextExt};

use super::{
    CLIENT_ACTIVE, CLIENT_DURATION, CLIENT_REQUEST_SIZE, CLIENT_RESPONSE_SIZE, HttpResponse,
    Method, Version, address, body_size::BodySizes, bounded, redact, status_text, text_of,
};
use crate::{
    Attributes, Bounded, Ending, ExceptionEvent, Instrumentation, Metrics, Operation, Outcome,
    Settings, Sizes, SpanKey, captured, intern::joined, library::Library, semconv,
};

/// What the convention asks of an outgoing request.
pub trait HttpClientRequest {
    /// The method: `GET`.
    fn method(&self) -> &str;

    /// The absolute URL. Credentials and sensitive query values are removed before it is recorded.
    fn url(&self) -> Cow<'_, str>;

    /// The scheme of the URL.
    fn scheme(&self) -> Option<&str>;

    /// The host of the URL; an IPv6 address with or without its brackets.
    fn host(&self) -> Option<&str>;

    /// The port of the URL, if it names one.
    fn port(&self) -> Option<u16>;

    /// The template that the URL was made from, such as `/users/{id}`, if the caller says.
    fn template(&self) -> Option<&'static str> {
        None
    }

    /// The value of each header that is text. Names are in lower case.
    fn headers(&self, _visit: &mut dyn FnMut(&str, &str)) {}

    /// The size of the body in bytes, if it is known beforehand.
    fn body_size(&self) -> Option<u64> {
        None
    }

    /// How many times this request was sent before.
    fn resend_count(&self) -> u32 {
        0
    }
}

/// The convention of HTTP client spans and metrics (semantic conventions, `http/http-spans.md#http-client`).
#[derive(Debug, Clone)]
pub struct HttpClient {
    library: Library,
}

impl HttpClient {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub const fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            library: Library::new(scope, version, name),
        }
    }
}

/// What is learnt of a request from its response.
#[derive(Debug, Default)]
pub struct HttpClientState {
    status: Option<u16>,
    version: Option<Version>,
    peer: Option<SocketAddr>,
    /// There is no body in the answer, whatever its head says.
    head: bool,
    sizes: BodySizes,
}

impl Operation<HttpClient> {
    /// The head of the response came.
    pub fn responded(&mut self, response: &dyn HttpResponse) {
        if let Some(state) = self.state() {
            state.status = Some(response.status());
            state.version = response.version();
            state.peer = response.peer();
            if !state.head {
                state.sizes.announced(|| response.body_size());
            }
        }
        if let Some((context, settings)) = self.recorded() {
            captured::headers(
                semconv::HTTP_RESPONSE_HEADER,
                &settings.http.client_headers.response,
                &settings.http.sanitized_headers,
                |visit| response.headers(visit),
                |key, value| context.span().set_attribute(KeyValue::new(key, value)),
            );
        }
    }
}

impl HttpClientState {
    /// The status code that came back.
    pub fn status(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// The protocol version that was spoken.
    pub fn version(&mut self, version: Option<Version>) {
        self.version = version;
    }

    /// The other end of the connection, which may be a proxy.
    pub fn peer(&mut self, peer: Option<SocketAddr>) {
        self.peer = peer;
    }
}

impl Instrumentation for HttpClient {
    type Request<'a> = &'a dyn HttpClientRequest;
    type State = HttpClientState;

    const KEY: Option<SpanKey> = Some(SpanKey::HttpClient);
    const EXCEPTION: Option<ExceptionEvent> =
        Some(ExceptionEvent::warn("http.client.request.exception"));

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Client
    }

    fn name(&self) -> &'static str {
        self.library.name
    }

    fn metrics(&self, settings: &Settings) -> Metrics {
        Metrics {
            duration: Some(CLIENT_DURATION),
            active: settings
                .http
                .client_active_requests
                .then_some(CLIENT_ACTIVE),
            request_size: settings.http.body_sizes.then_some(CLIENT_REQUEST_SIZE),
            response_size: settings.http.body_sizes.then_some(CLIENT_RESPONSE_SIZE),
        }
    }

    fn excluded(&self, request: &Self::Request<'_>, settings: &Settings) -> bool {
        settings
            .http
            .excluded_urls
            .of(self.library.name)
            .is_some_and(|excluded| excluded.is_match(&request.url()))
    }

    fn scope(&self) -> InstrumentationScope {
        self.library.scope()
    }

    fn start(
        &self,
        request: &Self::Request<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, HttpClientState) {
        let method = Method::of(request.method(), settings);
        let scheme = request.scheme().and_then(address::scheme);
        let host = request.host().unwrap_or("").trim_matches(['[', ']']);
        let port = request
            .port()
            .unwrap_or(if scheme == Some("https") { 443 } else { 80 });
        attributes.add(semconv::HTTP_REQUEST_METHOD, method.attribute);
        // The program chooses whom it calls, so these may split a metric; should it call very many, what the interner
        // does not keep is still right, only dearer.
        attributes.add(
            semconv::SERVER_ADDRESS,
            crate::intern(host).map_or_else(|| host.to_owned().into(), Bounded::from),
        );
        attributes.add(semconv::SERVER_PORT, port);
        let template = request.template().or_else(|| {
            let rules = !settings.http.url_templates.is_empty();
            rules
                .then(|| settings.http.url_template(address::path(&request.url())))
                .flatten()
        });
        if let Some(template) = template {
            attributes.detail(semconv::URL_TEMPLATE, template);
        }
        if attributes.is_recording() {
            attributes.span_only(
                semconv::URL_FULL,
                redact::url(&request.url(), &settings.http.sensitive_query_parameters).into_owned(),
            );
            if method.is_other() {
                attributes.span_only(
                    semconv::HTTP_REQUEST_METHOD_ORIGINAL,
                    bounded(request.method()),
                );
            }
            let resends = request.resend_count();
            if resends > 0 {
                attributes.span_only(semconv::HTTP_REQUEST_RESEND_COUNT, i64::from(resends));
            }
            if !settings.peer_services.is_empty() {
                let url = request.url();
                let path = Some(address::path(&url));
                if let Some(service) = settings.peer_service(host, Some(port), path) {
                    attributes.span_only(semconv::SERVICE_PEER_NAME, service);
                }
            }
            captured::headers(
                semconv::HTTP_REQUEST_HEADER,
                &settings.http.client_headers.request,
                &settings.http.sanitized_headers,
                |visit| request.headers(visit),
                |key, value| attributes.span_named(key, value),
            );
        }
        let name = match template {
            Some(template) => joined(method.name, template),
            None => Cow::Borrowed(method.name),
        };
        let state = HttpClientState {
            head: request.method() == "HEAD",
            sizes: BodySizes::new(&settings.http, || request.body_size()),
            ..HttpClientState::default()
        };
        (name, state)
    }

    fn end(
        &self,
        state: &mut HttpClientState,
        outcome: &Outcome<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        if let Some(status) = state.status {
            attributes.add(semconv::HTTP_RESPONSE_STATUS_CODE, status);
        }
        if let Some(version) = state.version {
            attributes.add(semconv::NETWORK_PROTOCOL_VERSION, version.as_str());
        }
        if let Some(peer) = state.peer.filter(|_| attributes.is_recording()) {
            attributes.span_only(semconv::NETWORK_PEER_ADDRESS, text_of(peer.ip()));
            attributes.span_only(semconv::NETWORK_PEER_PORT, i64::from(peer.port()));
        }
        state.sizes.tell(attributes);
        match outcome {
            Outcome::Completed => match state.status.filter(|status| *status >= 400) {
                Some(status) => {
                    attributes.add(semconv::ERROR_TYPE, status_text(status));
                    Ending::error(None)
                }
                None => Ending::default(),
            },
            Outcome::Failed(failure) => {
                attributes.add(semconv::ERROR_TYPE, failure.error_type.clone());
                let description = failure
                    .description
                    .filter(|_| attributes.is_recording())
                    .map(ToString::to_string);
                Ending::error(description)
            }
            // Whoever drops a request does not want its answer: that is no error of anybody's.
            Outcome::Cancelled => Ending::default(),
            Outcome::Panicked => {
                attributes.add(semconv::ERROR_TYPE, semconv::PANIC);
                Ending::error(None)
            }
        }
    }
    fn sizes(&self, state: &HttpClientState) -> Sizes {
        state.sizes.sizes()
    }
}
