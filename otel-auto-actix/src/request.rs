//! A request, as the convention sees it.

use std::{cell::OnceCell, net::SocketAddr, rc::Rc};

use actix_web::{
    HttpRequest,
    dev::ResourceMap,
    http::{
        Uri, Version as HttpVersion,
        header::{
            CONTENT_LENGTH, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
            X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO,
        },
        uri::Authority,
    },
};
use otel_auto_core::{
    http::{HttpServerRequest, Version},
    intern,
    opentelemetry::propagation::Extractor,
};

static BAGGAGE: HeaderName = HeaderName::from_static("baggage");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

pub(crate) struct View<'a>(pub(crate) &'a HttpRequest);

impl<'a> View<'a> {
    fn all(&self, name: &str) -> std::slice::Iter<'a, HeaderValue> {
        let headers = self.0.headers();
        // To look for a name that is only text, the map copies it. These are asked for in every request.
        match name {
            "baggage" => headers.get_all(&BAGGAGE),
            "forwarded" => headers.get_all(&FORWARDED),
            "host" => headers.get_all(&HOST),
            "traceparent" => headers.get_all(&TRACEPARENT),
            "tracestate" => headers.get_all(&TRACESTATE),
            "user-agent" => headers.get_all(&USER_AGENT),
            "x-forwarded-for" => headers.get_all(&X_FORWARDED_FOR),
            "x-forwarded-host" => headers.get_all(&X_FORWARDED_HOST),
            "x-forwarded-proto" => headers.get_all(&X_FORWARDED_PROTO),
            _ => headers.get_all(name),
        }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        text(self.all(name).next()?)
    }
}

/// Header values are bytes. Those that are not text do not exist.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

/// Visits the headers whose values are text.
pub(crate) fn each_header(headers: &HeaderMap, visit: &mut dyn FnMut(&str, &str)) {
    for (name, value) in headers {
        if let Some(value) = text(value) {
            visit(name.as_str(), value);
        }
    }
}

/// The pattern of the resource that the request was routed to, with those of its scopes.
pub(crate) fn route(request: &HttpRequest) -> Option<&'static str> {
    let path = request.match_info().as_str();
    let rest = request.match_info().unprocessed();
    // Nothing has been routed yet, or nothing matched. What `match_pattern` tells then is a guess by the path, blind
    // to guards.
    let taken = path.strip_suffix(rest).filter(|taken| !taken.is_empty())?;
    let pattern = request.match_pattern()?;
    // A part of the path is left by a service that is mounted at a prefix, and by a scope that found nothing inside,
    // for which it is a guess again.
    let matched =
        rest.is_empty() || request.resource_map().match_pattern(taken).as_ref() == Some(&pattern);
    if matched { intern(&pattern) } else { None }
}

/// What tells the route of a request that gives no response: the response would have brought the request back.
pub(crate) struct Asked {
    uri: Uri,
    resources: Rc<ResourceMap>,
}

impl Asked {
    pub(crate) fn new(request: &HttpRequest, resources: &OnceCell<Rc<ResourceMap>>) -> Self {
        let resources = resources.get_or_init(|| Rc::new(request.resource_map().clone()));
        Self {
            uri: request.uri().clone(),
            resources: Rc::clone(resources),
        }
    }

    /// The pattern that the path matches, whatever guards say.
    pub(crate) fn route(&self) -> Option<&'static str> {
        intern(&self.resources.match_pattern(self.uri.path())?)
    }
}

impl Extractor for View<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.value(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.headers().keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values = self.all(key);
        // What came once is not worth a vector.
        if matches!(key, "traceparent" | "tracestate") && values.len() < 2 {
            return None;
        }
        let all: Vec<&str> = values.filter_map(text).collect();
        (!all.is_empty()).then_some(all)
    }
}

impl HttpServerRequest for View<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.value(name)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.0.headers(), visit);
    }

    fn body_size(&self) -> Option<u64> {
        text(self.0.headers().get(CONTENT_LENGTH)?)?.parse().ok()
    }

    fn is_forwarded(&self) -> bool {
        let headers = self.0.headers();
        [
            &FORWARDED,
            &X_FORWARDED_FOR,
            &X_FORWARDED_HOST,
            &X_FORWARDED_PROTO,
        ]
        .into_iter()
        .any(|name| headers.contains_key(name))
    }

    fn scheme(&self) -> Option<&str> {
        // Of a connection with TLS no client can tell otherwise.
        if self.0.app_config().secure() {
            return Some("https");
        }
        self.0.uri().scheme_str()
    }

    fn authority(&self) -> Option<&str> {
        self.0.uri().authority().map(Authority::as_str)
    }

    fn version(&self) -> Option<Version> {
        match self.0.version() {
            HttpVersion::HTTP_09 => Some(Version::Http09),
            HttpVersion::HTTP_10 => Some(Version::Http10),
            HttpVersion::HTTP_11 => Some(Version::Http11),
            HttpVersion::HTTP_2 => Some(Version::Http2),
            HttpVersion::HTTP_3 => Some(Version::Http3),
            _ => None,
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.0.peer_addr()
    }

    fn route(&self) -> Option<&'static str> {
        route(self.0)
    }
}
