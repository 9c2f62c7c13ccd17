//! Reading the OTLP settings of one signal.

use std::fmt;

use http::{HeaderName, HeaderValue};

use super::{
    endpoint::Target,
    env::{Env, items, name_of},
    otlp::{Compression, Otlp, Protocol},
    percent::{decode, last_of_each, pair},
    proxy::Proxies,
    vars::{ALL, Headers, OF_LOGS, OF_METRICS, OF_TRACES, Variable},
};

/// Whose settings these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    pub(super) const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    /// The last part of the URL's path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }
}

const COMPRESSIONS: &[(&str, Compression)] =
    &[("none", Compression::None), ("gzip", Compression::Gzip)];
const PROTOCOLS: &[(&str, Protocol)] = &[
    ("http/protobuf", Protocol::HttpProtobuf),
    ("http/json", Protocol::HttpJson),
    ("grpc", Protocol::Grpc),
];

/// By the names of `OTEL_EXPORTER_OTLP_PROTOCOL`.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(PROTOCOLS, *self))
    }
}

impl Otlp {
    pub(super) fn read(env: &mut Env<'_>, signal: Signal) -> Self {
        let own = match signal {
            Signal::Traces => &OF_TRACES,
            Signal::Metrics => &OF_METRICS,
            Signal::Logs => &OF_LOGS,
        };
        let protocol = env.choice(ALL.protocol, PROTOCOLS, Protocol::HttpProtobuf);
        let protocol = env.choice(own.protocol, PROTOCOLS, protocol);
        let insecure = env.flag(ALL.insecure);
        let insecure = env.flag_or(own.insecure, insecure);
        let compression = env.choice(ALL.compression, COMPRESSIONS, Compression::None);
        let timeout = env.timeout(ALL.timeout);
        let endpoint = Target {
            signal,
            protocol,
            insecure,
        }
        .read(env, own);
        Self {
            protocol,
            proxy: Proxies::read(env).to(&endpoint),
            endpoint,
            headers: headers(env, own.headers)
                .or_else(|| headers(env, ALL.headers))
                .unwrap_or_default(),
            compression: env.choice(own.compression, COMPRESSIONS, compression),
            timeout: env.timeout_or(own.timeout, timeout),
            certificate: env
                .path(own.certificate)
                .or_else(|| env.path(ALL.certificate)),
            client_key: env
                .path(own.client_key)
                .or_else(|| env.path(ALL.client_key)),
            client_certificate: env
                .path(own.client_certificate)
                .or_else(|| env.path(ALL.client_certificate)),
        }
    }
}

/// `None` when unset, or when nothing in it can be used. Values are never part of a message.
fn headers(env: &mut Env<'_>, variable: &Variable<Headers>) -> Option<Vec<(String, String)>> {
    let text = env.text(variable)?;
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut refused = Vec::new();
    for (position, item) in (1..).zip(items(&text)) {
        match pair(item).and_then(header) {
            Some(header) => headers.push(header),
            None => refused.push(position.to_string()),
        }
    }
    if !refused.is_empty() {
        let problem = format!(
            "has no name=value that HTTP can send at position {}",
            refused.join(", ")
        );
        env.warn(variable, &text, problem, "leaving that out");
    }
    (!headers.is_empty()).then(|| last_of_each(headers))
}

/// A value with a `%` that encodes nothing is meant as it is written: passwords have them.
fn header((name, value): (&str, &str)) -> Option<(String, String)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = decode(value).unwrap_or_else(|| value.to_owned());
    HeaderValue::from_str(&value).ok()?;
    Some((name.as_str().to_owned(), value))
}
