//! The answers of either transport: OTLP's response messages, `google.rpc.Status` for refusals, gRPC's trailers.

use std::{convert::Infallible, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use opentelemetry_proto::tonic::collector::{
    logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse},
    metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse},
    trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse},
};
use prost::{Message, encoding};

use super::decode::{Signal, Transport};

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// All went in, but for the rejected items if there are any.
pub(super) fn success(
    transport: Transport,
    signal: Signal,
    partial: Option<(i64, String)>,
) -> Answer {
    if transport == Transport::HttpJson {
        return json(&response_in_json(signal, partial));
    }
    let body = response_message(signal, partial);
    match transport {
        Transport::HttpProtobuf | Transport::HttpJson => protobuf(body),
        Transport::Grpc => {
            let mut frame = BytesMut::with_capacity(body.len() + 5);
            frame.put_u8(0);
            frame.put_u32(u32::try_from(body.len()).unwrap_or_default());
            frame.extend_from_slice(&body);
            let mut trailers = HeaderMap::new();
            set(&mut trailers, GRPC_STATUS, "0");
            let body =
                Full::new(frame.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
            let mut answer = Response::new(body.boxed_unsync());
            set(
                answer.headers_mut(),
                header::CONTENT_TYPE,
                "application/grpc",
            );
            answer
        }
    }
}

/// Nothing went in.
pub(super) fn refusal(
    transport: Transport,
    status: u16,
    message: &str,
    retry_after: Option<Duration>,
) -> Answer {
    let code = grpc_code(status);
    let details = rpc_status(code, message, retry_after);
    match transport {
        Transport::HttpProtobuf | Transport::HttpJson => {
            let mut answer = match transport {
                Transport::HttpJson => {
                    json(&serde_json::json!({ "code": code, "message": message }))
                }
                _ => protobuf(details),
            };
            *answer.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if let Some(after) = retry_after {
                set(
                    answer.headers_mut(),
                    header::RETRY_AFTER,
                    &after.as_secs().to_string(),
                );
            }
            answer
        }
        Transport::Grpc => {
            let mut answer = Response::new(Full::default().boxed_unsync());
            let headers = answer.headers_mut();
            set(headers, header::CONTENT_TYPE, "application/grpc");
            set(headers, GRPC_STATUS, &code.to_string());
            set(headers, GRPC_MESSAGE, message);
            if retry_after.is_some() {
                set(headers, GRPC_DETAILS, &base64(&details));
            }
            answer
        }
    }
}

fn protobuf(body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::from(body).boxed_unsync());
    let kind = "application/x-protobuf";
    set(answer.headers_mut(), header::CONTENT_TYPE, kind);
    answer
}

fn json(body: &serde_json::Value) -> Answer {
    let mut answer = Response::new(Full::from(body.to_string()).boxed_unsync());
    let kind = "application/json";
    set(answer.headers_mut(), header::CONTENT_TYPE, kind);
    answer
}

/// By the rules of OTLP's JSON: a 64-bit count is a string.
fn response_in_json(signal: Signal, partial: Option<(i64, String)>) -> serde_json::Value {
    let Some((rejected, message)) = partial else {
        return serde_json::json!({});
    };
    let count = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Metrics => "rejectedDataPoints",
        Signal::Logs => "rejectedLogRecords",
    };
    serde_json::json!({
        "partialSuccess": { count: rejected.to_string(), "errorMessage": message },
    })
}

fn response_message(signal: Signal, partial: Option<(i64, String)>) -> Vec<u8> {
    match signal {
        Signal::Traces => ExportTraceServiceResponse {
            partial_success: partial.map(|(rejected_spans, error_message)| {
                ExportTracePartialSuccess {
                    rejected_spans,
                    error_message,
                }
            }),
        }
        .encode_to_vec(),
        Signal::Metrics => ExportMetricsServiceResponse {
            partial_success: partial.map(|(rejected_data_points, error_message)| {
                ExportMetricsPartialSuccess {
                    rejected_data_points,
                    error_message,
                }
            }),
        }
        .encode_to_vec(),
        Signal::Logs => ExportLogsServiceResponse {
            partial_success: partial.map(|(rejected_log_records, error_message)| {
                ExportLogsPartialSuccess {
                    rejected_log_records,
                    error_message,
                }
            }),
        }
        .encode_to_vec(),
    }
}

/// The mapping of OTLP/HTTP statuses to gRPC codes; 429 is the one that means "resource exhausted" in OTLP.
fn grpc_code(status: u16) -> i32 {
    match status {
        400 => 3,
        401 => 16,
        403 => 7,
        404 | 501 => 12,
        408 => 4,
        429 => 8,
        500 => 13,
        502..=504 => 14,
        _ => 2,
    }
}

/// `google.rpc.Status` with, when asked for, one `google.rpc.RetryInfo` among its details.
fn rpc_status(code: i32, message: &str, retry_after: Option<Duration>) -> Vec<u8> {
    let mut status = Vec::new();
    encoding::int32::encode(1, &code, &mut status);
    encoding::string::encode(2, &message.to_owned(), &mut status);
    if let Some(after) = retry_after {
        let mut delay = Vec::new();
        encoding::int64::encode(
            1,
            &i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            &mut delay,
        );
        encoding::int32::encode(
            2,
            &i32::try_from(after.subsec_nanos()).unwrap_or_default(),
            &mut delay,
        );
        let mut info = Vec::new();
        encoding::bytes::encode(1, &delay, &mut info);
        let mut any = Vec::new();
        encoding::string::encode(
            1,
            &"type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            &mut any,
        );
        encoding::bytes::encode(2, &info, &mut any);
        encoding::bytes::encode(3, &any, &mut status);
    }
    status
}

/// Standard alphabet, without padding, as gRPC sends binary metadata.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, &byte| (word << 8) | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            let index = (word >> (18 - 6 * position)) & 63;
            text.push(char::from(
                ALPHABET.get(index as usize).copied().unwrap_or(b'A'),
            ));
        }
    }
    text
}

/// A value that is no legal header is left out.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
