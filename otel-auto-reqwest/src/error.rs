//! reqwest's errors as `error.type`, and as a description without the URL.

use std::{error::Error as StdError, fmt, io, iter};

use otel_auto_core::{Failure, Operation, http::HttpClient};
use reqwest::Error;

type Cause = dyn StdError + 'static;

/// Ends the operation with an error of reqwest.
pub(crate) fn fail(mut operation: Operation<HttpClient>, error: &Error) {
    match error.status() {
        // Only by a middleware that turned the response into an error: by the convention it is a response still.
        Some(status) => {
            if let Some(state) = operation.state() {
                state.status(status.as_u16());
            }
            operation.complete();
        }
        None => operation.fail(Failure::new(error_type(error)).description(&Causes(error))),
    }
}

/// One of a closed set: see the [crate's documentation](crate).
fn error_type(error: &Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_dns() {
        "dns"
    } else if error.is_connect() {
        find_kind(error, connect_kind).unwrap_or("connect")
    } else if error.is_redirect() {
        "redirect"
    } else if error.is_builder() {
        "builder"
    } else if error.is_body() {
        "body"
    } else if error.is_decode() {
        "decode"
    } else if error.is_upgrade() {
        "upgrade"
    } else {
        find_kind(error, request_kind).unwrap_or("request")
    }
}

fn connect_kind(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some("connection_refused"),
        io::ErrorKind::ConnectionReset => Some("connection_reset"),
        // Nothing but a TLS handshake reads while it connects.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Some("tls"),
        _ => None,
    }
}

fn request_kind(kind: io::ErrorKind) -> Option<&'static str> {
    (kind == io::ErrorKind::ConnectionReset).then_some("connection_reset")
}

fn find_kind(
    error: &Error,
    name: impl Fn(io::ErrorKind) -> Option<&'static str>,
) -> Option<&'static str> {
    iter::successors(error.source(), |cause| inner(*cause))
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find_map(|cause| name(cause.kind()))
}

/// The next cause. What an `io::Error` wraps is not its source, but may be an `io::Error` that says more.
fn inner(cause: &Cause) -> Option<&Cause> {
    match cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

/// The causes of an error, without the error itself: its message holds the URL, with all that is secret in it.
struct Causes<'a>(&'a Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = iter::successors(self.0.source(), |cause| StdError::source(*cause))
            .filter(|cause| !cause.is::<Error>())
            .map(ToString::to_string)
            // A redirect policy or a connector of the program's own may speak of URLs too.
            .filter(|cause| !cause.contains("://"));
        for (at, cause) in causes.enumerate() {
            if at > 0 {
                f.write_str(": ")?;
            }
            f.write_str(&cause)?;
        }
        Ok(())
    }
}
