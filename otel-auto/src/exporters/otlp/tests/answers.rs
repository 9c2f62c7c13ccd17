//! Whatever a receiver answers: nothing panics, what is kept is bounded, and what is well-formed is understood.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use otel_auto_testing::assert_linear;
use proptest::{collection::vec, prelude::*, sample::select};
use prost::Message;

use super::*;
use crate::{
    base64,
    exporters::otlp::{
        endpoint::Endpoint,
        failure::{Cause, Failure},
        grpc,
        response::{Accepted, Answer},
        rpc_status::RpcStatus,
    },
};

fn taken(rejected: i64, message: &str) -> Vec<u8> {
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: message.to_owned(),
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

/// A field of bytes of a protobuf message.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![tag << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

fn varint(tag: u8, number: u64) -> Vec<u8> {
    let mut field = vec![tag << 3];
    prost::encoding::encode_varint(number, &mut field);
    field
}

/// `google.rpc.Status` with a `google.rpc.RetryInfo`.
fn status(message: &str, seconds: u64, nanos: u64) -> Vec<u8> {
    let delay = [varint(1, seconds), varint(2, nanos)].concat();
    let url = field(1, b"type.googleapis.com/google.rpc.RetryInfo");
    let any = [url, field(2, &field(1, &delay))].concat();
    [varint(1, 14), field(2, message.as_bytes()), field(3, &any)].concat()
}

/// Bodies that are right, and then damaged in some bytes or cut; or anything.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let whole = vec![
        taken(3, "too old"),
        status("busy", 7, 5),
        grpc::frame(&taken(1, "x"), false).unwrap().to_vec(),
        br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#.to_vec(),
        br#"{"code":14,"message":"busy"}"#.to_vec(),
    ];
    let damages = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let damaged = (
        select(whole),
        damages,
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    let damaged = damaged.prop_map(|(mut body, damages, end, cut)| {
        for (at, byte) in damages {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cut {
            body.truncate(end.index(body.len()));
        }
        body
    });
    prop_oneof![8 => damaged, 1 => vec(any::<u8>(), 0..300)]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    const VALUES: [&str; 14] = [
        "application/x-protobuf",
        "application/json",
        "application/grpc",
        "text/plain",
        "text/html",
        "0",
        "8",
        "-1",
        "18446744073709551615",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "Thu, 01 Jan 0000 00:00:00 GMT",
        "CJABEgRidXN5",
        "%",
    ];
    const NAMES: [&str; 5] = [
        "content-type",
        "retry-after",
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
    ];
    let value = prop_oneof![
        6 => select(&VALUES).prop_map(str::to_owned),
        1 => "[ -~]{0,20}",
    ];
    vec((select(&NAMES), value), 0..5).prop_map(|fields| {
        let field = |(name, value): (&'static str, String)| {
            Some((
                HeaderName::from_static(name),
                HeaderValue::from_str(&value).ok()?,
            ))
        };
        fields.into_iter().filter_map(field).collect()
    })
}

fn answer(status: u16, name: &'static str, value: &str, body: Vec<u8>) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(name, value.parse().unwrap());
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(body),
        trailers: None,
    }
}

fn read(answer: &Answer) -> Result<Accepted, Failure> {
    answer.read(Protocol::HttpProtobuf, Signal::Traces)
}

proptest! {
    #[test]
    fn no_answer_brings_the_exporter_down(
        status in select(vec![200_u16, 204, 302, 400, 404, 429, 503, 599]),
        headers in headers(),
        trailers in proptest::option::of(headers()),
        body in body(),
    ) {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from(body),
            trailers,
        };
        let endpoint = Endpoint::new(Signal::Traces, &settings(Protocol::Grpc, "http://h:1")).unwrap();
        for protocol in PROTOCOLS {
            for signal in Signal::ALL {
                match answer.read(protocol, signal) {
                    Ok(accepted) => prop_assert!(accepted.message.len() <= 3 * answer.body.len()),
                    Err(failure) => {
                        prop_assert!(failure.detail.chars().count() <= 201);
                        prop_assert!(!failure.detail.contains(char::is_control));
                        prop_assert!(failure.explain(&endpoint).chars().count() <= 600);
                    }
                }
            }
        }
        if let Some(status) = RpcStatus::decode(&answer.body) {
            prop_assert!(status.message.len() <= answer.body.len());
        }
    }

    #[test]
    fn a_partial_success_is_understood(rejected in 0..i64::MAX, message in any::<String>()) {
        let expected = || Accepted { rejected: rejected.unsigned_abs(), message: message.clone() };
        let protobuf = answer(200, "content-type", "application/x-protobuf", taken(rejected, &message));
        prop_assert_eq!(read(&protobuf), Ok(expected()));
        let json = serde_json::json!({
            "partialSuccess": { "rejectedSpans": rejected.to_string(), "errorMessage": message },
        });
        let json = answer(200, "content-type", "application/json", json.to_string().into_bytes());
        prop_assert_eq!(read(&json), Ok(expected()));
    }

    #[test]
    fn a_wish_to_wait_is_understood(seconds in any::<u32>(), nanos in 0..1_000_000_000_u32) {
        let asked = Duration::new(seconds.into(), nanos);
        let bytes = status("busy", seconds.into(), nanos.into());
        let details = base64::encode(&bytes);
        prop_assert_eq!(RpcStatus::decode_base64(&details).unwrap().retry_after, Some(asked));
        prop_assert_eq!(RpcStatus::decode(&bytes).unwrap().retry_after, Some(asked));
        let failure = read(&answer(503, "retry-after", &seconds.to_string(), Vec::new())).unwrap_err();
        prop_assert_eq!(failure.cause, Cause::Status(503));
        prop_assert_eq!(failure.retry_after, Some(Duration::from_secs(seconds.into())));
    }

    #[test]
    fn what_is_no_time_is_no_wish_to_wait(text in "[A-Za-z+:,. -]{1,20}|[1-9][0-9]{20,29}|\\+[0-9]{1,5}") {
        let failure = read(&answer(503, "retry-after", &text, Vec::new())).unwrap_err();
        prop_assert_eq!(failure.retry_after, None);
    }

    #[test]
    fn a_message_comes_out_of_its_frame(message in vec(any::<u8>(), 0..100), rest in vec(any::<u8>(), 0..10)) {
        let framed = [&grpc::frame(&message, false).unwrap()[..], &rest].concat();
        prop_assert_eq!(grpc::unframe(&framed), Some(&message[..]));
    }
}

#[test]
fn no_answer_takes_longer_than_it_is_long() {
    let groups = |_: usize| "\u{b}".to_owned();
    assert_linear(groups, |text| RpcStatus::decode(text.as_bytes()));
    assert_linear(
        |_| "\u{1a}\0".to_owned(),
        |text| RpcStatus::decode(text.as_bytes()),
    );
    assert_linear(|_| "Zg".to_owned(), RpcStatus::decode_base64);
    for kind in ["application/json", "application/x-protobuf", "text/plain"] {
        for piece in ["[", "{\"a\":", "x ", "\u{12}\0"] {
            let work = |text: &str| {
                let of = |status| answer(status, "content-type", kind, text.as_bytes().to_vec());
                (read(&of(200)).is_ok(), read(&of(400)).is_ok())
            };
            assert_linear(|_| piece.to_owned(), work);
        }
    }
}
