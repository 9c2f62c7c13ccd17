//! A request, as the convention sees it, and its headers, as the propagators do.

use std::{borrow::Cow, net::SocketAddr, sync::LazyLock};

use http_body::Body as _;
use otel_auto_core::{
    Instrumenter, Operation,
    http::{HttpClient, HttpClientRequest, HttpResponse, Version, content_length, each_header},
    opentelemetry::Context,
    propagation::HeaderInjector,
};

use super::reqwest::{Request, Response};

pub(crate) const CONVENTION: HttpClient =
    HttpClient::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "reqwest");

/// Shared by all clients of the process: it binds to the providers that it finds at each call.
pub(crate) static INSTRUMENTER: LazyLock<Instrumenter<HttpClient>> =
    LazyLock::new(|| Instrumenter::new(CONVENTION));

/// A request that is about to be sent.
pub(crate) struct View<'a> {
    pub(crate) request: &'a Request,
    pub(crate) template: Option<&'static str>,
    pub(crate) resends: u32,
}

impl HttpClientRequest for View<'_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn url(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.request.url().as_str())
    }

    fn scheme(&self) -> Option<&str> {
        Some(self.request.url().scheme())
    }

    fn host(&self) -> Option<&str> {
        self.request.url().host_str()
    }

    fn port(&self) -> Option<u16> {
        self.request.url().port()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.request.headers(), visit);
    }

    fn body_size(&self) -> Option<u64> {
        match self.request.body() {
            Some(body) => body
                .size_hint()
                .exact()
                .or_else(|| content_length(self.request.headers())),
            None => Some(0),
        }
    }

    fn template(&self) -> Option<&'static str> {
        self.template
    }

    fn resend_count(&self) -> u32 {
        self.resends
    }
}

/// Starts the operation of a request below the current context, which the request's headers then carry on.
pub(crate) fn start(
    instrumenter: &Instrumenter<HttpClient>,
    request: &mut Request,
    template: Option<&'static str>,
    resends: u32,
) -> Operation<HttpClient> {
    let view = View {
        request,
        template,
        resends,
    };
    let operation = instrumenter.start(&Context::current(), &(&view as _));
    operation.inject(&mut HeaderInjector(request.headers_mut()));
    operation
}

/// The head of a response is there: that is the operation's end.
pub(crate) fn answered(mut operation: Operation<HttpClient>, response: &Response) {
    operation.responded(&Answer(response));
    operation.complete();
}

struct Answer<'a>(&'a Response);

impl HttpResponse for Answer<'_> {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn version(&self) -> Option<Version> {
        Version::of(self.0.version())
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.0.remote_addr()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.0.headers(), visit);
    }

    /// Unknown for what reqwest decompresses: then it has no say of what was sent.
    fn body_size(&self) -> Option<u64> {
        self.0.content_length()
    }
}
