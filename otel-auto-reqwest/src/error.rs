//! reqwest's errors as `error.type`, and as a description without the URL.

use std::any::{Any, type_name};

use otel_auto_core::{
    Failure, Operation,
    http::{Cause, Causes, HttpClient, as_cause, causes, connect_error_type, transport_error_type},
};
use tower::timeout::error::Elapsed;

use super::reqwest::Error;

/// The `error.type` of errors that are none of reqwest's, nor of its connections.
const OTHER: &str = "_OTHER";

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
        None => {
            // Its own message holds the URL, with all that is secret in it.
            let told = Causes(causes(error).filter(|cause| !cause.is::<Error>()));
            let failure = Failure::new(error_type(error)).of_type::<Error>();
            operation.fail(failure.description(&told));
        }
    }
}

/// Ends the operation with the error of a service around reqwest's client.
pub(crate) fn fail_any<E: 'static>(operation: Operation<HttpClient>, error: &E) {
    if let Some(error) = (error as &dyn Any).downcast_ref() {
        return fail(operation, error);
    }
    match as_cause(error) {
        Some(cause) => match causes(cause).find_map(|cause| cause.downcast_ref()) {
            Some(error) => fail(operation, error),
            None => fail_other(operation, cause),
        },
        None => operation.fail(Failure::new(type_name::<E>())),
    }
}

/// Ends the operation with an error that is none of reqwest's.
fn fail_other(operation: Operation<HttpClient>, error: &Cause) {
    let error_type = if causes(error).any(|cause| cause.is::<Elapsed>()) {
        "timeout"
    } else {
        transport_error_type(error).unwrap_or(OTHER)
    };
    operation.fail(Failure::new(error_type).description(&Causes(causes(error))));
}

/// One of a closed set: see the [crate's documentation](crate).
fn error_type(error: &Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        connect_error_type(error)
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
        transport_error_type(error).unwrap_or("request")
    }
}
