//! Why an export failed, in plain words, and whether another attempt may help.

use std::{error::Error, io, time::Duration};

use http::StatusCode;

use super::{dial::ProxyError, endpoint::Endpoint};
use crate::config::otlp::Protocol;

/// The cause; two failures of the same cause are one matter to the reader of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cause {
    Refused,
    Dns,
    Tls,
    /// Reset, closed, unreachable.
    Connection,
    Timeout,
    /// The answer is not of the protocol that was spoken.
    Protocol,
    Status(u16),
    Grpc(i32),
    /// A proxy refused with this status; 0 if it was not reached at all.
    Proxy(u16),
    /// Accepted but for some items.
    Partial,
    /// The export thread is gone.
    Stopped,
}

const CLIENT_CERTIFICATE: &str = "if it asks for a client certificate, set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE \
                                  and OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// One failed export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    /// What the receiver or the library said; one line.
    pub(super) detail: String,
    /// How long the receiver asked to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(cause: Cause, detail: impl AsRef<str>) -> Self {
        Self {
            cause,
            detail: one_line(detail.as_ref()),
            retry_after: None,
        }
    }

    pub(super) fn after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// The OTLP specification's rule (`protocol/otlp.md`, "Failures").
    pub(super) fn is_retryable(&self) -> bool {
        match self.cause {
            Cause::Refused | Cause::Dns | Cause::Connection => true,
            Cause::Status(status) => matches!(status, 429 | 502 | 503 | 504),
            Cause::Proxy(status) => matches!(status, 0 | 429 | 502 | 503 | 504),
            Cause::Grpc(code) => match code {
                1 | 4 | 10 | 11 | 14 | 15 => true,
                8 => self.retry_after.is_some(),
                _ => false,
            },
            Cause::Tls | Cause::Timeout | Cause::Protocol | Cause::Partial | Cause::Stopped => {
                false
            }
        }
    }

    /// Finds the cause in the chain of a client error.
    pub(super) fn from_error(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Cause::Connection;
        let mut detail = String::new();
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<ProxyError>() {
                return error.to_failure();
            }
            if let Some(known) = recognise(error) {
                cause = known;
            }
            detail = error.to_string();
            next = inner(error);
        }
        Self::new(cause, detail)
    }

    /// For the user: what happened and what to do about it.
    pub(super) fn explain(&self, endpoint: &Endpoint) -> String {
        let hint = |text: String| match endpoint.port_hint() {
            Some(hint) => format!("{text}; {hint}"),
            None => text,
        };
        match self.cause {
            Cause::Refused => "connection refused; is a collector listening there?".to_owned(),
            Cause::Dns => format!(
                "the host name {:?} was not found; check its spelling in the endpoint",
                endpoint.host()
            ),
            Cause::Tls => self.explain_tls(),
            Cause::Timeout => hint(format!("no answer within {}", self.detail)),
            Cause::Connection => self.explain_connection(endpoint),
            Cause::Protocol => match endpoint.port_hint() {
                Some(hint) => format!("{}; {hint}", self.detail),
                None => self.explain_protocol(endpoint.protocol),
            },
            Cause::Status(status) => self.with_detail(explain_status(status, endpoint)),
            Cause::Proxy(407) => format!(
                "{}; give user and password as in HTTP_PROXY=http://user:password@host:port",
                self.detail
            ),
            Cause::Proxy(_) => {
                format!("{}; hosts in NO_PROXY are reached without it", self.detail)
            }
            Cause::Grpc(code) => self.with_detail(explain_code(code, endpoint)),
            Cause::Partial => match self.detail.as_str() {
                "" => "the receiver gave no reason".to_owned(),
                reason => reason.to_owned(),
            },
            Cause::Stopped => "the export thread has ended".to_owned(),
        }
    }

    /// A receiver of another protocol may answer in it, but mostly it just hangs up.
    fn explain_connection(&self, endpoint: &Endpoint) -> String {
        // In TLS 1.3 a client whose certificate is missed hears of it after its handshake, or sees just the end.
        if endpoint.is_secure() && endpoint.port_hint().is_none() {
            return format!(
                "the connection broke ({}); {CLIENT_CERTIFICATE}",
                self.detail
            );
        }
        let hint = endpoint.port_hint().unwrap_or(match endpoint.protocol {
            Protocol::Grpc => {
                "if it speaks HTTP or TLS there, set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf or use https://"
            }
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                "if it speaks gRPC or TLS there, set OTEL_EXPORTER_OTLP_PROTOCOL=grpc or use https://"
            }
        });
        format!("the connection broke ({}); {hint}", self.detail)
    }

    fn explain_tls(&self) -> String {
        let hint = if self.detail.contains("UnknownIssuer") {
            "; name its authority in OTEL_EXPORTER_OTLP_CERTIFICATE"
        } else if self.detail.contains("corrupt message") {
            "; the receiver does not speak TLS, try http://"
        } else if self.detail.contains("CertificateRequired") {
            return format!("TLS failed ({}); {CLIENT_CERTIFICATE}", self.detail);
        } else {
            ""
        };
        format!("TLS failed ({}){hint}", self.detail)
    }

    fn explain_protocol(&self, spoken: Protocol) -> String {
        let hint = match spoken {
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                "it speaks gRPC or TLS, or is no OTLP receiver"
            }
            Protocol::Grpc => {
                "it speaks HTTP or TLS, or is no OTLP receiver; try OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
            }
        };
        format!("{}; {hint}", self.detail)
    }

    fn with_detail(&self, text: String) -> String {
        let text = match self.retry_after {
            Some(pause) => format!("{text}; it asks to come back in {pause:?}"),
            None => text,
        };
        match self.detail.as_str() {
            "" => text,
            detail => format!("{text} (it says: {detail})"),
        }
    }
}

/// `io::Error::source` skips the error it wraps; that one is often the telling one.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn recognise(error: &(dyn Error + 'static)) -> Option<Cause> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return (error.kind() == io::ErrorKind::ConnectionRefused).then_some(Cause::Refused);
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_parse().then_some(Cause::Protocol);
    }
    #[cfg(feature = "tls")]
    if error.is::<rustls::Error>() {
        return Some(Cause::Tls);
    }
    // Neither hyper-util's error of the connector nor h2's error can be named here.
    match error.to_string().as_str() {
        "dns error" => Some(Cause::Dns),
        text if text.contains("frame with invalid size") => Some(Cause::Protocol),
        _ => None,
    }
}

fn explain_status(status: u16, endpoint: &Endpoint) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let hint = match status {
        300..=399 => "; redirects are not followed, give the final URL",
        401 | 403 => endpoint.credentials_hint(),
        404 if endpoint.path_is_doubled() => {
            "; the path is doubled: OTEL_EXPORTER_OTLP_ENDPOINT is a base, leave its /v1/… off"
        }
        407 => "; give user and password as in HTTP_PROXY=http://user:password@host:port",
        404 | 405 => "; check the path of the endpoint",
        413 => "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE or set OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
        415 => {
            "; the receiver does not take this encoding: set another OTEL_EXPORTER_OTLP_PROTOCOL, \
             or OTEL_EXPORTER_OTLP_COMPRESSION=none"
        }
        429 => "; it gets more than it takes",
        502..=504 => "; it is not ready, or a proxy does not reach it",
        _ => "",
    };
    let who = match endpoint.proxy() {
        Some(proxy) => format!("the receiver, or the proxy {proxy},"),
        None => "the receiver".to_owned(),
    };
    format!(
        "{who} answered {status} {}{hint}",
        reason.unwrap_or_default()
    )
}

fn explain_code(code: i32, endpoint: &Endpoint) -> String {
    let hint = match code {
        7 | 16 => endpoint.credentials_hint(),
        8 => "; it gets more than it takes",
        12 => "; the receiver does not take this signal, or not at this path",
        14 => "; it is not ready, or a proxy does not reach it",
        _ => "",
    };
    let name = code_name(code);
    format!("the receiver answered {name} (gRPC code {code}){hint}")
}

/// The name of a gRPC status code.
pub(super) fn code_name(code: i32) -> &'static str {
    match code {
        1 => "CANCELLED",
        2 => "UNKNOWN",
        3 => "INVALID_ARGUMENT",
        4 => "DEADLINE_EXCEEDED",
        5 => "NOT_FOUND",
        6 => "ALREADY_EXISTS",
        7 => "PERMISSION_DENIED",
        8 => "RESOURCE_EXHAUSTED",
        9 => "FAILED_PRECONDITION",
        10 => "ABORTED",
        11 => "OUT_OF_RANGE",
        12 => "UNIMPLEMENTED",
        13 => "INTERNAL",
        14 => "UNAVAILABLE",
        15 => "DATA_LOSS",
        16 => "UNAUTHENTICATED",
        _ => "_OTHER",
    }
}

/// Foreign text in a line of ours: no control characters, no more than a line's length.
fn one_line(text: &str) -> String {
    const LIMIT: usize = 200;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.trim().chars().take(LIMIT).map(clean).collect();
    if text.trim().chars().nth(LIMIT).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_the_specification_names_is_retried() {
        let retried = |cause| Failure::new(cause, "").is_retryable();
        let statuses: Vec<u16> = (100..600)
            .filter(|&status| retried(Cause::Status(status)))
            .collect();
        assert_eq!(statuses, [429, 502, 503, 504]);
        let codes: Vec<i32> = (0..=16)
            .filter(|&code| retried(Cause::Grpc(code)))
            .collect();
        assert_eq!(codes, [1, 4, 10, 11, 14, 15]);
        let exhausted = Failure::new(Cause::Grpc(8), "").after(Some(Duration::ZERO));
        assert!(exhausted.is_retryable());
    }

    #[test]
    fn a_refusal_is_found_however_deep_it_lies() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = io::Error::other(io::Error::other(refused));
        assert_eq!(Failure::from_error(&error).cause, Cause::Refused);
    }

    #[test]
    fn foreign_text_cannot_break_the_line_or_fill_the_terminal() {
        let line = one_line(&format!("a\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(line.starts_with("a b [31m") && line.ends_with('…'));
        assert_eq!(line.chars().count(), 201);
    }
}
