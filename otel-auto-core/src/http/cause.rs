//! What is told of a client's error: one word of a closed set, and its causes, without URLs.

use std::{any::Any, error::Error, fmt, io, iter};

/// An error, or what caused one.
pub type Cause = dyn Error + 'static;

/// What a service's error is, if that can be told: its type says no more than that it is one.
///
/// Middleware of tower boxes its errors, and a box of an error is no error to the compiler.
#[must_use]
pub fn as_cause<E: 'static>(error: &E) -> Option<&Cause> {
    let error: &dyn Any = error;
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**boxed);
    }
    let error: &Cause = error.downcast_ref::<io::Error>()?;
    Some(error)
}

/// An error and all that caused it, as it tells.
pub fn causes(error: &Cause) -> impl Iterator<Item = &Cause> + Clone {
    iter::successors(Some(error), |cause| Error::source(*cause))
}

/// `error.type` of a connection that did not come about: `dns`, `connection_refused`, `connection_reset`, `timeout`,
/// `tls`, or just `connect`.
#[must_use]
pub fn connect_error_type(error: &Cause) -> &'static str {
    // hyper-util's connector has no public type for it, only these words.
    if causes(error).any(|cause| cause.to_string() == "dns error") {
        return "dns";
    }
    let kind = |kind| match kind {
        io::ErrorKind::ConnectionRefused => Some("connection_refused"),
        // Nothing but a TLS handshake reads while it connects.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Some("tls"),
        kind => transport(kind),
    };
    io_kinds(error).find_map(kind).unwrap_or("connect")
}

/// `error.type` of a connection that failed later: `connection_reset` or `timeout`. `None` for other errors.
#[must_use]
pub fn transport_error_type(error: &Cause) -> Option<&'static str> {
    io_kinds(error).find_map(transport)
}

fn transport(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some("connection_reset"),
        io::ErrorKind::TimedOut => Some("timeout"),
        _ => None,
    }
}

fn io_kinds(error: &Cause) -> impl Iterator<Item = io::ErrorKind> {
    iter::successors(Some(error), |cause| inner(*cause))
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
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

/// Causes as one line, `outer: inner`. Those that speak of URLs are left out: they may hold secrets.
#[derive(Debug)]
pub struct Causes<I>(pub I);

impl<'a, I: Iterator<Item = &'a Cause> + Clone> fmt::Display for Causes<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = self.0.clone().map(ToString::to_string);
        for (at, cause) in causes.filter(|cause| !cause.contains("://")).enumerate() {
            if at > 0 {
                f.write_str(": ")?;
            }
            f.write_str(&cause)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_a_box_is_one() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let boxed: Box<dyn Error + Send + Sync> = refused().into();
        for cause in [as_cause(&boxed), as_cause(&refused())] {
            assert_eq!(cause.map(connect_error_type), Some("connection_refused"));
        }
        assert!(as_cause(&"text").is_none());
    }

    #[test]
    fn what_an_error_of_io_wraps_counts_too() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let error = io::Error::other(io::Error::other(reset));
        assert_eq!(transport_error_type(&error), Some("connection_reset"));
        assert_eq!(transport_error_type(&io::Error::other("else")), None);
        assert_eq!(connect_error_type(&io::Error::other("else")), "connect");
    }

    #[test]
    fn causes_are_told_without_urls() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("https://user:secret@example.com does not answer")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&Cause> {
                Some(&self.0)
            }
        }
        let error = Outer(io::Error::other("timed out"));
        assert_eq!(Causes(causes(&error)).to_string(), "timed out");
    }
}
