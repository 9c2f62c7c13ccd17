//! A request and its response, as the convention sees them.

use std::{borrow::Cow, net::SocketAddr};

use http::{Request, Response, header};
use hyper_util::client::legacy::connect::HttpInfo;
use otel_auto_core::http::{
    HttpClientRequest, HttpResponse, UrlTemplate, Version, each_header, host_and_port,
};

use super::attempts;

const HTTPS: u16 = 443;

pub(super) struct View<'a, B> {
    request: &'a Request<B>,
    /// Of the URI, else the `Host` header: a request as it is written to a connection has only that.
    host: Option<&'a str>,
    port: Option<u16>,
}

impl<'a, B> View<'a, B> {
    pub(super) fn new(request: &'a Request<B>) -> Self {
        let authority = match request.uri().authority() {
            Some(authority) => Some(authority.as_str()),
            None => request
                .headers()
                .get(header::HOST)
                .and_then(|host| host.to_str().ok()),
        };
        let (host, port) = authority.and_then(host_and_port).unzip();
        Self {
            request,
            host,
            port: port.flatten(),
        }
    }
}

impl<B> HttpClientRequest for View<'_, B> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn url(&self) -> Cow<'_, str> {
        let uri = self.request.uri();
        if uri.scheme().is_some() {
            return Cow::Owned(uri.to_string());
        }
        // Relative, or an authority alone, as for CONNECT.
        let scheme = self.scheme().unwrap_or_default();
        let path = uri
            .path_and_query()
            .map_or("", http::uri::PathAndQuery::as_str);
        let host = self.host.unwrap_or_default();
        let (open, close) = if host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        Cow::Owned(format!("{scheme}://{open}{host}{close}{port}{path}"))
    }

    /// Where the URI does not say, the port does.
    fn scheme(&self) -> Option<&str> {
        let by_port = if self.port == Some(HTTPS) {
            "https"
        } else {
            "http"
        };
        Some(self.request.uri().scheme_str().unwrap_or(by_port))
    }

    fn host(&self) -> Option<&str> {
        self.host
    }

    fn port(&self) -> Option<u16> {
        self.port
    }

    fn template(&self) -> Option<&'static str> {
        let template = self.request.extensions().get::<UrlTemplate>()?;
        Some(template.0)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.request.headers(), visit);
    }

    fn resend_count(&self) -> u32 {
        attempts::sent(self.request.extensions())
    }
}

pub(super) struct Answer<'a, R>(pub(super) &'a Response<R>);

impl<R> HttpResponse for Answer<'_, R> {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn version(&self) -> Option<Version> {
        Version::of(self.0.version())
    }

    /// hyper-util's connector tells it in an extension.
    fn peer(&self) -> Option<SocketAddr> {
        let info = self.0.extensions().get::<HttpInfo>()?;
        Some(info.remote_addr())
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.0.headers(), visit);
    }
}
