//! What a response tells of its call: at its head, and in its trailers.

use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use otel_auto_core::{
    Instrumentation, Operation,
    http::each_header,
    rpc::{Code, RpcState},
};
use percent_encoding::percent_decode;

use crate::{ResponseBody, call};

/// The head of a response is there. Its body ends the call, unless the head says all.
pub(crate) fn head<I, B>(
    mut operation: Operation<I>,
    response: Response<B>,
) -> Response<ResponseBody<B, I>>
where
    I: Instrumentation<State = RpcState>,
    B: Body,
{
    let mut ended = response.body().is_end_stream();
    if let Some(state) = operation.state() {
        let headers = response.headers();
        metadata(state, headers);
        if status(state, headers) {
            ended = true;
        } else if response.status() == StatusCode::OK && call::is_grpc(headers) {
            state.answered();
        } else {
            // Not gRPC's: there is a page for people in the body, if anything.
            state.status(Code::of_http(response.status().as_u16()), None);
            ended = true;
        }
    }
    let operation = if ended {
        operation.complete();
        None
    } else {
        Some(operation)
    };
    response.map(|body| ResponseBody::new(body, operation))
}

/// Reads the call's status, if it is there.
pub(crate) fn status(state: &mut RpcState, headers: &HeaderMap) -> bool {
    let Some(code) = headers.get("grpc-status") else {
        return false;
    };
    let code = Code::of(tonic::Code::from_bytes(code.as_bytes()).into());
    let message = headers
        .get("grpc-message")
        .map(|message| percent_decode(message.as_bytes()).decode_utf8_lossy());
    state.status(code, message.as_deref());
    true
}

/// Reads the metadata that is to be recorded.
pub(crate) fn metadata(state: &mut RpcState, headers: &HeaderMap) {
    if state.wants_metadata() {
        each_header(headers, &mut |name, value| state.metadata(name, value));
    }
}
