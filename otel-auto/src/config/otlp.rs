//! Where and how one signal leaves over OTLP.

use std::{fmt, path::PathBuf, time::Duration};

use super::proxy::Proxy;

/// The wire protocol (`OTEL_EXPORTER_OTLP_PROTOCOL`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    HttpProtobuf,
    HttpJson,
}

/// The body's encoding (`OTEL_EXPORTER_OTLP_COMPRESSION`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

/// The OTLP settings of one signal, resolved: a signal's own variable before the general one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Otlp {
    pub(crate) protocol: Protocol,
    /// The whole URL that is posted to. For gRPC: scheme and authority, and a path prefix if one was given.
    pub(crate) endpoint: String,
    /// Names in lower case, values percent-decoded.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) compression: Compression,
    /// For one export, with its retries. `None` is no limit.
    pub(crate) timeout: Option<Duration>,
    /// Trusted certificates (PEM), instead of the system's.
    pub(crate) certificate: Option<PathBuf>,
    /// The client's key and certificate (PEM), for mutual TLS.
    pub(crate) client_key: Option<PathBuf>,
    pub(crate) client_certificate: Option<PathBuf>,
    /// The way to the endpoint; `None` is the direct one.
    pub(crate) proxy: Option<Proxy>,
}

/// Without the headers' values, which are credentials more often than not.
impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Otlp")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.endpoint)
            .field("headers", &names)
            .field("compression", &self.compression)
            .field("timeout", &self.timeout)
            .field("certificate", &self.certificate)
            .field("client_key", &self.client_key)
            .field("client_certificate", &self.client_certificate)
            .field("proxy", &self.proxy)
            .finish()
    }
}

impl Otlp {
    /// The same with the shorter of two time-outs: the SDK's processors do not enforce theirs.
    pub(crate) fn within(&self, timeout: Option<Duration>) -> Self {
        let timeout = match (self.timeout, timeout) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        Self {
            timeout,
            ..self.clone()
        }
    }
}
