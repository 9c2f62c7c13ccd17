//! What is told of a service's error.

use std::any::{Any, type_name};

use hyper_util::client::legacy;
use otel_auto_core::{
    Failure, Operation,
    http::{Cause, Causes, HttpClient, as_cause, causes, connect_error_type, transport_error_type},
};

/// The `error.type` of errors that say nothing known.
const OTHER: &str = "_OTHER";

/// Ends the operation with the error of a service.
pub(super) fn fail<E: 'static>(operation: Operation<HttpClient>, error: &E) {
    match known(error) {
        Some(error) => {
            let told = Causes(causes(error));
            let failure = Failure::new(error_type(error)).of_type::<E>();
            operation.fail(failure.description(&told));
        }
        // A type is one of those that the program was built with.
        None => operation.fail(Failure::new(type_name::<E>())),
    }
}

fn known<E: 'static>(error: &E) -> Option<&Cause> {
    let any: &dyn Any = error;
    if let Some(error) = any.downcast_ref::<legacy::Error>() {
        return Some(error);
    }
    if let Some(error) = any.downcast_ref::<hyper::Error>() {
        return Some(error);
    }
    as_cause(error)
}

/// One of a closed set: see [`HttpClientLayer`](super::HttpClientLayer).
fn error_type(error: &Cause) -> &'static str {
    if causes(error).any(timed_out) {
        return "timeout";
    }
    let client = causes(error).find_map(|cause| cause.downcast_ref::<legacy::Error>());
    if client.is_some_and(legacy::Error::is_connect) {
        return connect_error_type(error);
    }
    let hyper = causes(error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    let protocol = hyper.and_then(protocol_error_type);
    let unknown = if client.is_some() || hyper.is_some() {
        "request"
    } else {
        OTHER
    };
    protocol
        .or_else(|| transport_error_type(error))
        .unwrap_or(unknown)
}

fn timed_out(cause: &Cause) -> bool {
    cause.is::<tower::timeout::error::Elapsed>()
        || cause.is::<tokio::time::error::Elapsed>()
        || cause.downcast_ref().is_some_and(hyper::Error::is_timeout)
}

fn protocol_error_type(error: &hyper::Error) -> Option<&'static str> {
    if error.is_parse() {
        Some("parse")
    } else if error.is_user() {
        // All else that hyper finds fault with in a request, the client has refused before.
        Some("body")
    } else if error.is_incomplete_message() || error.is_closed() {
        Some("connection_closed")
    } else if error.is_canceled() {
        Some("canceled")
    } else {
        None
    }
}
