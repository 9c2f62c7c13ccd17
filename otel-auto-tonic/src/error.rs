//! Errors of services and bodies, as the conventions want them.

use std::{any::Any, error::Error as StdError, fmt, io, iter};

use otel_auto_core::{
    Failure, Instrumentation, Operation,
    rpc::{Code, RpcState},
};
use tonic::{ConnectError, Status, TimeoutExpired};

type Cause = dyn StdError + 'static;
type BoxError = Box<dyn StdError + Send + Sync>;

/// Ends a call with the error of a service or a body. `otherwise` is the `error.type` of an error that says nothing.
pub(crate) fn fail<I, E>(mut operation: Operation<I>, error: &E, otherwise: &'static str)
where
    I: Instrumentation<State = RpcState>,
    E: 'static,
{
    let error = as_error(error);
    let known = error.and_then(known);
    if let Some((state, known)) = operation.state().zip(known.as_ref()) {
        state.status(known.code, known.message);
    }
    match known {
        Some(Known {
            error_type: None, ..
        }) => operation.complete(),
        Some(Known {
            error_type: Some(error_type),
            ..
        }) => operation.fail(described(error_type, error, &Innermost(error))),
        None => {
            let error_type = error.and_then(kind).unwrap_or(otherwise);
            operation.fail(described(error_type, error, &Innermost(error)));
        }
    }
}

fn described<'a>(
    error_type: &'static str,
    error: Option<&Cause>,
    innermost: &'a Innermost<'_>,
) -> Failure<'a> {
    let failure = Failure::new(error_type);
    match error {
        Some(_) => failure.description(innermost),
        None => failure,
    }
}

/// What gRPC makes of an error.
struct Known<'a> {
    code: Code,
    message: Option<&'a str>,
    /// If the code says less than is known.
    error_type: Option<&'static str>,
}

impl Known<'_> {
    const fn code(code: Code) -> Self {
        Self {
            code,
            message: None,
            error_type: None,
        }
    }
}

/// The status that tonic makes of an error and gives to the caller, but for time-outs: of these it says `CANCELLED`.
fn known(error: &Cause) -> Option<Known<'_>> {
    chain(error).find_map(|cause| {
        if let Some(status) = cause.downcast_ref::<Status>() {
            return Some(Known {
                message: Some(status.message()),
                ..Known::code(Code::of(status.code().into()))
            });
        }
        if cause.is::<TimeoutExpired>() {
            return Some(Known::code(Code::DeadlineExceeded));
        }
        if cause.is::<ConnectError>() {
            return Some(Known {
                error_type: Some(kind(cause).unwrap_or("connect")),
                ..Known::code(Code::Unavailable)
            });
        }
        #[cfg(feature = "channel")]
        if let Some(code) = cause.downcast_ref::<hyper::Error>().and_then(of_hyper) {
            return Some(Known::code(code));
        }
        None
    })
}

#[cfg(feature = "channel")]
fn of_hyper(error: &hyper::Error) -> Option<Code> {
    use h2::Reason;

    if error.is_timeout() {
        return Some(Code::Unavailable);
    }
    if error.is_canceled() {
        return Some(Code::Cancelled);
    }
    let reason = error.source()?.downcast_ref::<h2::Error>()?.reason();
    Some(match reason {
        Some(
            Reason::NO_ERROR
            | Reason::PROTOCOL_ERROR
            | Reason::INTERNAL_ERROR
            | Reason::FLOW_CONTROL_ERROR
            | Reason::SETTINGS_TIMEOUT
            | Reason::FRAME_SIZE_ERROR
            | Reason::COMPRESSION_ERROR
            | Reason::CONNECT_ERROR,
        ) => Code::Internal,
        Some(Reason::REFUSED_STREAM) => Code::Unavailable,
        Some(Reason::CANCEL) => Code::Cancelled,
        Some(Reason::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
        Some(Reason::INADEQUATE_SECURITY) => Code::PermissionDenied,
        // Without a reason the connection broke: there is more to be found below.
        None => return None,
        Some(_) => Code::Unknown,
    })
}

fn kind(error: &Cause) -> Option<&'static str> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find_map(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => Some("connection_refused"),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some("connection_reset"),
            io::ErrorKind::TimedOut => Some("timeout"),
            io::ErrorKind::InvalidData => Some("tls"),
            _ => None,
        })
}

fn chain(error: &Cause) -> impl Iterator<Item = &Cause> {
    iter::successors(Some(error), |cause: &&Cause| StdError::source(*cause))
}

/// An error is any type at all here; these are the ones that services of gRPC have.
fn as_error<E: 'static>(error: &E) -> Option<&Cause> {
    let error: &dyn Any = error;
    if let Some(error) = error.downcast_ref::<BoxError>() {
        return Some(&**error);
    }
    if let Some(error) = error.downcast_ref::<Status>() {
        return Some(error);
    }
    #[cfg(any(feature = "channel", feature = "server"))]
    if let Some(error) = error.downcast_ref::<tonic::transport::Error>() {
        return Some(error);
    }
    #[cfg(feature = "channel")]
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return Some(error);
    }
    None
}

/// The last cause, which says most: "Connection refused (os error 111)".
struct Innermost<'a>(Option<&'a Cause>);

impl fmt::Display for Innermost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.and_then(|error| chain(error).last());
        match text.map(ToString::to_string) {
            // A connector of the program's own may speak of URLs, with all that is secret in them.
            Some(text) if !text.contains("://") => f.write_str(&text),
            _ => Ok(()),
        }
    }
}
