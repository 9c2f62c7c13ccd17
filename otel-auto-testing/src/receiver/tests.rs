#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message as _;

use super::*;

const LIMIT: Duration = Duration::from_secs(5);

fn spans(names: &[&str]) -> Vec<u8> {
    let named = |name: &&str| Span {
        name: (*name).to_owned(),
        trace_id: vec![0xab; 16],
        ..Span::default()
    };
    let service = KeyValue {
        key: "service.name".to_owned(),
        value: Some(AnyValue {
            value: Some(Value::StringValue("shop".to_owned())),
        }),
        ..KeyValue::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![service],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans: names.iter().map(named).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Status line with headers, and body.
fn post(receiver: &Receiver, path: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(receiver.address()).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec())
        .unwrap()
        .to_lowercase();
    (head, answer[end + 4..].to_vec())
}

const PROTOBUF: &str = "content-type: application/x-protobuf\r\n";

#[test]
fn spans_arrive_under_any_prefix_with_their_resource_and_the_requests_headers() {
    let receiver = Receiver::start();
    let headers = format!("{PROTOBUF}authorization: Basic x\r\n");
    let (head, _) = post(
        &receiver,
        "/api/default/v1/traces",
        &headers,
        &spans(&["a", "b"]),
    );
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let spans = receiver.wait_for_spans(2, LIMIT);
    assert_eq!(
        spans
            .iter()
            .map(|span| span.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(
        spans[1].resource_attribute("service.name").as_deref(),
        Some("shop")
    );
    assert_eq!(spans[1].trace_id(), "ab".repeat(16));
    let request = &receiver.requests()[0];
    assert_eq!(request.path, "/api/default/v1/traces");
    assert_eq!(request.header("authorization"), Some("Basic x"));
    assert_eq!(
        (request.signal, request.transport),
        (Signal::Traces, Transport::HttpProtobuf)
    );
}

#[test]
fn compressed_bodies_are_inflated() {
    let receiver = Receiver::start();
    let headers = format!("{PROTOBUF}content-encoding: gzip\r\n");
    post(&receiver, "/v1/traces", &headers, &gzip(&spans(&["a"])));
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn json_is_decoded_and_answered_in_json() {
    let receiver = Receiver::start();
    let body = br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
        "scopeSpans":[{"spans":[{"traceId":"abababababababababababababababab","name":"a","kind":2,
        "startTimeUnixNano":"18446744073709551615"}]}]}]}"#;
    let headers = "content-type: application/json\r\n";
    let (head, answer) = post(&receiver, "/v1/traces", headers, body);
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(answer, b"{}");
    receiver.once(Behaviour::partial(3, "too old"));
    let headers = format!("{headers}content-encoding: gzip\r\n");
    let (_, answer) = post(&receiver, "/v1/traces", &headers, &gzip(body));
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "3");
    let (head, _) = post(
        &receiver,
        "/v1/traces",
        "content-type: application/json\r\n",
        b"{\"",
    );
    assert!(head.starts_with("http/1.1 400"), "{head}");
    let spans = receiver.spans();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].trace_id(), "ab".repeat(16));
    assert_eq!(spans[0].start_time_unix_nano, u64::MAX);
    assert_eq!(receiver.requests()[0].transport, Transport::HttpJson);
}

#[test]
fn a_refusal_is_recorded_but_its_spans_are_not_taken() {
    let receiver = Receiver::start();
    receiver.once(Behaviour::refuse(503).retry_after(Duration::from_secs(7)));
    let (head, _) = post(&receiver, "/v1/traces", PROTOBUF, &spans(&["a"]));
    assert!(
        head.starts_with("http/1.1 503") && head.contains("retry-after: 7"),
        "{head}"
    );
    assert!(receiver.spans().is_empty());
    assert!(!receiver.requests()[0].accepted);
    post(&receiver, "/v1/traces", PROTOBUF, &spans(&["b"]));
    assert_eq!(receiver.spans()[0].name, "b");
}

#[test]
fn a_partial_success_says_how_many_and_why() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::partial(3, "too old"))
        .start();
    let (_, body) = post(&receiver, "/v1/traces", PROTOBUF, &spans(&["a"]));
    let partial = ExportTraceServiceResponse::decode(&body[..])
        .unwrap()
        .partial_success
        .unwrap();
    assert_eq!(
        (partial.rejected_spans, partial.error_message.as_str()),
        (3, "too old")
    );
}

#[test]
fn what_is_not_otlp_is_answered_and_counted() {
    let receiver = Receiver::start();
    for (path, headers, status) in [
        ("/nowhere", PROTOBUF, "404"),
        ("/v1/traces", "content-type: text/plain\r\n", "415"),
        (
            "/v1/traces",
            "content-type: application/x-protobuf\r\ncontent-encoding: gzip\r\n",
            "400",
        ),
    ] {
        let (head, _) = post(&receiver, path, headers, b"\xff\xff");
        assert!(head.contains(status), "{head}");
    }
    assert_eq!((receiver.dropped(), receiver.requests().len()), (3, 0));
}

#[test]
fn memory_is_bounded_and_what_is_beyond_is_counted() {
    let body = spans(&["a"]);
    let receiver = Receiver::builder().capacity(body.len() * 2).start();
    for _ in 0..5 {
        let (head, _) = post(&receiver, "/v1/traces", PROTOBUF, &body);
        assert!(head.starts_with("http/1.1 200"), "{head}");
    }
    assert_eq!((receiver.spans().len(), receiver.dropped()), (2, 3));
    receiver.clear();
    post(&receiver, "/v1/traces", PROTOBUF, &body);
    assert_eq!((receiver.spans().len(), receiver.dropped()), (1, 0));
}

#[test]
fn a_small_body_cannot_inflate_to_fill_the_memory() {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-protobuf"),
    );
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let bomb = gzip(&vec![0; 65 * 1024 * 1024]);
    let error = decode("/v1/traces", &headers, &bomb).unwrap_err();
    assert!(matches!(error, DecodeError::Encoding(_)), "{error}");
}

#[test]
fn a_stopped_receiver_refuses_connections_and_can_be_read_and_come_back() {
    let receiver = Receiver::start();
    post(&receiver, "/v1/traces", PROTOBUF, &spans(&["a"]));
    receiver.stop();
    assert!(TcpStream::connect(receiver.address()).is_err());
    assert_eq!(receiver.spans().len(), 1);
    let again = Receiver::builder().address(receiver.address()).start();
    assert_eq!(again.address(), receiver.address());
}

#[test]
fn waiting_in_vain_ends_with_the_timeout() {
    let receiver = Receiver::start();
    let begin = Instant::now();
    assert!(
        receiver
            .wait_for_spans(1, Duration::from_millis(100))
            .is_empty()
    );
    assert!((100..2000).contains(&begin.elapsed().as_millis()));
}

#[test]
fn a_black_hole_reads_and_never_answers() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::black_hole())
        .start();
    let mut stream = TcpStream::connect(receiver.address()).unwrap();
    let body = spans(&["a"]);
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n{PROTOBUF}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    assert_eq!(receiver.wait_for_requests(1, LIMIT).len(), 1);
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(
        stream.read(&mut [0]).is_err(),
        "neither an answer nor an end"
    );
}
