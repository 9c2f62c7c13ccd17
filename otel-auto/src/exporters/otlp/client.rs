//! The HTTP client of one signal: one request, one answer, over HTTP/1.1 or HTTP/2, plain or TLS.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};

use super::{
    BuildError, Signal,
    dial::{self, Dialer},
    endpoint::Endpoint,
    failure::{Cause, Failure},
    response::Answer,
};
use crate::config::otlp::{Compression, Otlp, Protocol};

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<Dialer>;
#[cfg(not(feature = "tls"))]
type Connector = Dialer;
type Http = legacy::Client<Connector, Full<Bytes>>;

/// The specification's limit for what a receiver may answer.
const MAX_RESPONSE: usize = 4 * 1024 * 1024;
const USER_AGENT: &str = concat!(
    "otel-auto/",
    env!("CARGO_PKG_VERSION"),
    " OTel-OTLP-Exporter-Rust/0.33.1"
);

/// Builds its connector, which reads certificates, when the first request is sent.
pub(super) struct Client {
    pub(super) endpoint: Endpoint,
    settings: Otlp,
    headers: HeaderMap,
    http: Mutex<Option<Http>>,
}

impl Client {
    pub(super) fn new(signal: Signal, settings: &Otlp) -> Result<Self, BuildError> {
        let endpoint = Endpoint::new(signal, settings)?;
        Ok(Self {
            headers: headers(signal, settings, &endpoint)?,
            endpoint,
            settings: settings.clone(),
            http: Mutex::new(None),
        })
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.settings.protocol
    }

    pub(super) fn compression(&self) -> Compression {
        self.settings.compression
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.settings.timeout
    }

    /// Posts `body`. Must be called, and polled, on the export thread.
    pub(super) async fn post(&self, body: Bytes) -> Result<Answer, Failure> {
        let http = self.http()?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let response = http
            .request(request)
            .await
            .map_err(|error| Failure::from_error(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_RESPONSE)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<http_body_util::LengthLimitError>() {
                    Failure::new(Cause::Protocol, "the answer is longer than 4 MiB")
                } else {
                    Failure::from_error(&*error)
                }
            })?;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            trailers: body.trailers().cloned(),
            body: body.to_bytes(),
        })
    }

    /// Forgets the open connection. Over HTTP/2 a request that was given up leaves a dead connection in the pool,
    /// where every later request would wait for it in vain.
    pub(super) fn disconnect(&self) {
        *self.lock() = None;
    }

    /// A failure is not kept: a certificate may be mounted later.
    fn http(&self) -> Result<Http, Failure> {
        let mut http = self.lock();
        match &*http {
            Some(http) => Ok(http.clone()),
            None => Ok(http.insert(self.connect()?).clone()),
        }
    }

    fn connect(&self) -> Result<Http, Failure> {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(90))
            .pool_max_idle_per_host(1)
            .http2_only(self.settings.protocol == Protocol::Grpc);
        Ok(builder.build(self.connector()?))
    }

    #[cfg(feature = "tls")]
    fn connector(&self) -> Result<Connector, Failure> {
        let config = if self.endpoint.uri.scheme_str() == Some("https") {
            super::tls::config(&self.settings)?
        } else {
            super::tls::unused()?
        };
        let builder = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http();
        let dialer = Dialer::new(&self.settings, &self.endpoint.uri);
        Ok(match self.settings.protocol {
            Protocol::Grpc => builder.enable_http2().wrap_connector(dialer),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                builder.enable_all_versions().wrap_connector(dialer)
            }
        })
    }

    #[cfg(not(feature = "tls"))]
    #[allow(clippy::unnecessary_wraps)]
    fn connector(&self) -> Result<Connector, Failure> {
        Ok(Dialer::new(&self.settings, &self.endpoint.uri))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Http>> {
        self.http.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the headers: they carry credentials.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.endpoint.shown())
            .field("protocol", &self.settings.protocol)
            .finish_non_exhaustive()
    }
}

/// The user's headers first, so that none of them replaces what the protocol needs.
fn headers(signal: Signal, settings: &Otlp, endpoint: &Endpoint) -> Result<HeaderMap, BuildError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    for (name, value) in &settings.headers {
        let fault = |what| {
            BuildError(format!(
                "the OTLP header {name:?} for {} has {what}",
                signal.name()
            ))
        };
        let key: HeaderName = name.parse().map_err(|_| fault("no legal name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| fault("no legal value"))?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    let gzip = settings.compression == Compression::Gzip;
    // Through a tunnel it would reach the receiver.
    let authorization = settings
        .proxy
        .as_ref()
        .filter(|_| dial::is_forwarded(settings, &endpoint.uri))
        .and_then(dial::authorization);
    if let Some(value) = authorization {
        headers.insert(header::PROXY_AUTHORIZATION, value);
    }
    match settings.protocol {
        Protocol::HttpProtobuf | Protocol::HttpJson => {
            let kind = match settings.protocol {
                Protocol::HttpJson => "application/json",
                _ => "application/x-protobuf",
            };
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            if gzip {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        Protocol::Grpc => {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/grpc"),
            );
            headers.insert(header::TE, HeaderValue::from_static("trailers"));
            if gzip {
                headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
            }
        }
    }
    Ok(headers)
}
