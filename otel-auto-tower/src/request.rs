//! A request, as the convention sees it.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, Request};
use otel_auto_core::{
    http::{HttpServerRequest, Version, content_length, each_header},
    opentelemetry::propagation::Extractor,
};

pub(crate) struct View<'a, B> {
    request: &'a Request<B>,
    known: Known<'a>,
}

/// The headers that are asked for in every request, found in one pass: to look for one that is not there costs as
/// much as the pass.
#[derive(Default)]
struct Known<'a> {
    forwarded: Option<&'a HeaderValue>,
    forwarded_for: Option<&'a HeaderValue>,
    forwarded_host: Option<&'a HeaderValue>,
    forwarded_proto: Option<&'a HeaderValue>,
    host: Option<&'a HeaderValue>,
    traceparent: Option<&'a HeaderValue>,
    tracestate: Option<&'a HeaderValue>,
    user_agent: Option<&'a HeaderValue>,
    /// A header of a context came more than once.
    repeated: bool,
}

impl<'a> Known<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut known = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            let Some(slot) = known.slot(name) else {
                continue;
            };
            if slot.is_none() {
                *slot = Some(value);
            } else {
                known.repeated |= name.starts_with("trace");
            }
        }
        known
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a HeaderValue>> {
        Some(match name {
            "forwarded" => &mut self.forwarded,
            "x-forwarded-for" => &mut self.forwarded_for,
            "x-forwarded-host" => &mut self.forwarded_host,
            "x-forwarded-proto" => &mut self.forwarded_proto,
            "host" => &mut self.host,
            "traceparent" => &mut self.traceparent,
            "tracestate" => &mut self.tracestate,
            "user-agent" => &mut self.user_agent,
            _ => return None,
        })
    }

    fn get(&self, name: &str, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        match name {
            "forwarded" => self.forwarded,
            "x-forwarded-for" => self.forwarded_for,
            "x-forwarded-host" => self.forwarded_host,
            "x-forwarded-proto" => self.forwarded_proto,
            "host" => self.host,
            "traceparent" => self.traceparent,
            "tracestate" => self.tracestate,
            "user-agent" => self.user_agent,
            _ => headers.get(name),
        }
    }
}

impl<'a, B> View<'a, B> {
    pub(crate) fn new(request: &'a Request<B>) -> Self {
        Self {
            request,
            known: Known::of(request.headers()),
        }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        text(self.known.get(name, self.request.headers())?)
    }
}

/// Header values are bytes. Those that are not text do not exist.
fn text(value: &HeaderValue) -> Option<&str> {
    // Nearly all are ASCII, which is checked faster.
    value
        .to_str()
        .ok()
        .or_else(|| std::str::from_utf8(value.as_bytes()).ok())
}

impl<B> Extractor for View<'_, B> {
    fn get(&self, key: &str) -> Option<&str> {
        self.value(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.request
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        // What came once is not worth a vector.
        if matches!(key, "traceparent" | "tracestate") && !self.known.repeated {
            return None;
        }
        let values = self.request.headers().get_all(key).iter();
        let all: Vec<&str> = values.filter_map(text).collect();
        (!all.is_empty()).then_some(all)
    }
}

impl<B: 'static> HttpServerRequest for View<'_, B> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        #[cfg(feature = "axum")]
        if let Some(original) = self
            .request
            .extensions()
            .get::<axum::extract::OriginalUri>()
        {
            return original.0.path();
        }
        self.request.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.request.uri().query()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.value(name)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.request.headers(), visit);
    }

    #[cfg(feature = "axum")]
    fn body_size(&self) -> Option<u64> {
        content_length(self.request.headers()).or_else(|| crate::counted::known(self.request))
    }

    #[cfg(not(feature = "axum"))]
    fn body_size(&self) -> Option<u64> {
        content_length(self.request.headers())
    }

    fn host(&self) -> Option<&str> {
        text(self.known.host?)
    }

    fn user_agent(&self) -> Option<&str> {
        text(self.known.user_agent?)
    }

    fn is_forwarded(&self) -> bool {
        let known = &self.known;
        known.forwarded.is_some()
            || known.forwarded_for.is_some()
            || known.forwarded_host.is_some()
            || known.forwarded_proto.is_some()
    }

    fn scheme(&self) -> Option<&str> {
        self.request.uri().scheme_str()
    }

    fn authority(&self) -> Option<&str> {
        self.request
            .uri()
            .authority()
            .map(http::uri::Authority::as_str)
    }

    fn version(&self) -> Option<Version> {
        Version::of(self.request.version())
    }

    #[cfg(feature = "axum")]
    fn peer(&self) -> Option<SocketAddr> {
        let info = self
            .request
            .extensions()
            .get::<axum::extract::ConnectInfo<SocketAddr>>()?;
        Some(info.0)
    }

    #[cfg(not(feature = "axum"))]
    fn peer(&self) -> Option<SocketAddr> {
        self.request.extensions().get::<SocketAddr>().copied()
    }

    #[cfg(feature = "axum")]
    fn route(&self) -> Option<&'static str> {
        let matched = self
            .request
            .extensions()
            .get::<axum::extract::MatchedPath>()?;
        otel_auto_core::intern_route(matched.as_str())
    }
}
