//! The HTTP conventions, server and client: spans and metrics (semantic conventions, `docs/http`).

mod address;
mod body_size;
mod cause;
mod client;
mod origin;
mod redact;
mod server;
mod template;

#[cfg(test)]
mod fuzz;

pub use address::host_and_port;
pub use body_size::BodyCounter;
pub use cause::{Cause, Causes, as_cause, causes, connect_error_type, transport_error_type};
pub use client::{HttpClient, HttpClientRequest, HttpClientState};
pub use server::{HttpServer, HttpServerRequest, HttpServerState};
pub use template::UrlTemplate;

use std::net::SocketAddr;

pub(crate) use address::text_of;

use crate::{Active, Duration, Settings, Size, semconv};

/// The bounds that the conventions give for request durations, in seconds.
pub(crate) const BOUNDARIES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

const SERVER_DURATION: Duration = Duration {
    name: semconv::metric::HTTP_SERVER_REQUEST_DURATION,
    description: "Duration of HTTP server requests.",
    boundaries: &BOUNDARIES,
};

const CLIENT_DURATION: Duration = Duration {
    name: semconv::metric::HTTP_CLIENT_REQUEST_DURATION,
    description: "Duration of HTTP client requests.",
    boundaries: &BOUNDARIES,
};

const SERVER_ACTIVE: Active = Active {
    name: semconv::metric::HTTP_SERVER_ACTIVE_REQUESTS,
    unit: "{request}",
    description: "Number of active HTTP server requests.",
    keys: &[semconv::HTTP_REQUEST_METHOD, semconv::URL_SCHEME],
};

const CLIENT_ACTIVE: Active = Active {
    name: semconv::metric::HTTP_CLIENT_ACTIVE_REQUESTS,
    unit: "{request}",
    description: "Number of active HTTP requests.",
    keys: &[
        semconv::HTTP_REQUEST_METHOD,
        semconv::SERVER_ADDRESS,
        semconv::SERVER_PORT,
        semconv::URL_TEMPLATE,
    ],
};

const SERVER_REQUEST_SIZE: Size = Size {
    name: semconv::metric::HTTP_SERVER_REQUEST_BODY_SIZE,
    description: "Size of HTTP server request bodies.",
    unit: "By",
    boundaries: &[],
};

const SERVER_RESPONSE_SIZE: Size = Size {
    name: semconv::metric::HTTP_SERVER_RESPONSE_BODY_SIZE,
    description: "Size of HTTP server response bodies.",
    unit: "By",
    boundaries: &[],
};

const CLIENT_REQUEST_SIZE: Size = Size {
    name: semconv::metric::HTTP_CLIENT_REQUEST_BODY_SIZE,
    description: "Size of HTTP client request bodies.",
    unit: "By",
    boundaries: &[],
};

const CLIENT_RESPONSE_SIZE: Size = Size {
    name: semconv::metric::HTTP_CLIENT_RESPONSE_BODY_SIZE,
    description: "Size of HTTP client response bodies.",
    unit: "By",
    boundaries: &[],
};

/// What the conventions ask of a response, once its head is there.
pub trait HttpResponse {
    /// The status code.
    fn status(&self) -> u16;

    /// The protocol version that was spoken.
    fn version(&self) -> Option<Version> {
        None
    }

    /// The other end of the connection, which may be a proxy.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// The value of each header that is text. Names are in lower case.
    fn headers(&self, _visit: &mut dyn FnMut(&str, &str)) {}

    /// The size of the body in bytes as it is sent, if the head tells. Asked by clients alone: a server counts.
    fn body_size(&self) -> Option<u64> {
        None
    }
}

#[cfg(feature = "http")]
impl<B> HttpResponse for ::http::Response<B> {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn version(&self) -> Option<Version> {
        Version::of(self.version())
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, &str)) {
        each_header(self.headers(), visit);
    }

    fn body_size(&self) -> Option<u64> {
        content_length(self.headers())
    }
}

/// The header `Content-Length`.
#[cfg(feature = "http")]
#[must_use]
pub fn content_length(headers: &::http::HeaderMap) -> Option<u64> {
    let length = headers.get(::http::header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// Visits the headers whose values are text. One that is marked as sensitive is visited as `[REDACTED]`.
#[cfg(feature = "http")]
pub fn each_header(headers: &::http::HeaderMap, visit: &mut dyn FnMut(&str, &str)) {
    for (name, value) in headers {
        if value.is_sensitive() {
            visit(name.as_str(), crate::captured::REDACTED);
        } else if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            visit(name.as_str(), value);
        }
    }
}

/// A method as the conventions want it: a known one, or `_OTHER`.
#[derive(Debug, Clone, Copy)]
struct Method {
    attribute: &'static str,
    /// What stands for the method in a span's name.
    name: &'static str,
}

impl Method {
    fn of(method: &str, settings: &Settings) -> Self {
        match settings
            .http
            .known_methods
            .iter()
            .find(|known| **known == method)
        {
            Some(known) => Self {
                attribute: known,
                name: known,
            },
            None => Self {
                attribute: semconv::OTHER,
                name: "HTTP",
            },
        }
    }

    fn is_other(self) -> bool {
        self.attribute == semconv::OTHER
    }
}

/// A method that nobody knows may be as long as whoever sends it likes.
fn bounded(method: &str) -> String {
    method.chars().take(64).collect()
}

/// `network.protocol.version`, as the conventions spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Version {
    Http09,
    Http10,
    Http11,
    Http2,
    Http3,
}

impl Version {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http09 => "0.9",
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

#[cfg(feature = "http")]
impl Version {
    /// Of a message's version. `None` if it is unknown.
    #[must_use]
    pub fn of(version: ::http::Version) -> Option<Self> {
        match version {
            ::http::Version::HTTP_09 => Some(Self::Http09),
            ::http::Version::HTTP_10 => Some(Self::Http10),
            ::http::Version::HTTP_11 => Some(Self::Http11),
            ::http::Version::HTTP_2 => Some(Self::Http2),
            ::http::Version::HTTP_3 => Some(Self::Http3),
            _ => None,
        }
    }
}

/// A status code as text: `error.type` of an error response.
fn status_text(status: u16) -> &'static str {
    crate::intern(StatusDigits::of(status).as_str()).unwrap_or(semconv::OTHER)
}

/// The three digits of a status code, written by hand: this is on the path of every error response.
struct StatusDigits([u8; 3]);

impl StatusDigits {
    fn of(status: u16) -> Self {
        let digit = |number: u16| b'0' + u8::try_from(number % 10).unwrap_or(0);
        Self([digit(status / 100), digit(status / 10), digit(status)])
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}
