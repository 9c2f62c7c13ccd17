//! From the bytes of one OTLP request to its message. Public, so that any other server can decode in the same way.

use std::{fmt, io::Read};

use flate2::read::GzDecoder;
use http::{HeaderMap, header};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use prost::Message as _;

/// What a decompressed body may not exceed, so that a small one cannot fill the memory.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Metrics.
    Metrics,
    /// Log records.
    Logs,
}

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// OTLP/HTTP with binary protobuf.
    HttpProtobuf,
    /// OTLP/HTTP with JSON.
    HttpJson,
    /// OTLP/gRPC.
    Grpc,
}

/// A decoded request.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Spans.
    Traces(ExportTraceServiceRequest),
    /// Metrics.
    Metrics(ExportMetricsServiceRequest),
    /// Log records.
    Logs(ExportLogsServiceRequest),
}

/// One OTLP request as it came in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// The path of the URL, with any prefix.
    pub path: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// HTTP or gRPC.
    pub transport: Transport,
    /// What it carries.
    pub signal: Signal,
    /// Its message.
    pub message: Message,
    /// The length of the message, decompressed.
    pub size: usize,
    /// Whether the receiver accepted it.
    pub accepted: bool,
}

impl Request {
    /// The value of a header, if it was sent and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why a request could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The path names no signal.
    Path(String),
    /// The content type is neither protobuf, nor JSON, nor gRPC.
    ContentType(String),
    /// The encoding is unknown, or the body is not what its encoding says.
    Encoding(String),
    /// The gRPC frame is cut short.
    Frame,
    /// The message is not of its type.
    Message(String),
}

impl DecodeError {
    /// The HTTP status that answers it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Path(_) => 404,
            Self::ContentType(_) => 415,
            Self::Encoding(_) | Self::Frame | Self::Message(_) => 400,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "no OTLP signal at {path}"),
            Self::ContentType(kind) => write!(f, "content type {kind:?} is not supported"),
            Self::Encoding(reason) => write!(f, "the body cannot be decompressed: {reason}"),
            Self::Frame => f.write_str("the gRPC frame is cut short"),
            Self::Message(reason) => write!(f, "the message cannot be decoded: {reason}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes one OTLP request of either transport: which one, the content type says; which signal, the end of the path.
///
/// # Errors
///
/// When the path, the content type, the encoding or the message is not OTLP's.
pub fn decode(path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Request, DecodeError> {
    let transport = transport(headers)?;
    let signal = signal(path, transport)?;
    let bytes = match transport {
        Transport::HttpProtobuf | Transport::HttpJson => {
            inflate(text(headers, header::CONTENT_ENCODING.as_str()), body)?
        }
        Transport::Grpc => {
            let (compressed, message) = unframe(body).ok_or(DecodeError::Frame)?;
            let encoding = if compressed {
                text(headers, "grpc-encoding")
            } else {
                ""
            };
            inflate(encoding, message)?
        }
    };
    Ok(Request {
        path: path.to_owned(),
        headers: headers.clone(),
        transport,
        signal,
        size: bytes.len(),
        message: match transport {
            Transport::HttpJson => message_in_json(signal, &bytes)?,
            Transport::HttpProtobuf | Transport::Grpc => message(signal, &bytes)?,
        },
        accepted: true,
    })
}

fn transport(headers: &HeaderMap) -> Result<Transport, DecodeError> {
    let kind = text(headers, header::CONTENT_TYPE.as_str());
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => Ok(Transport::HttpProtobuf),
        "application/json" => Ok(Transport::HttpJson),
        "application/grpc" | "application/grpc+proto" => Ok(Transport::Grpc),
        other => Err(DecodeError::ContentType(other.to_owned())),
    }
}

fn signal(path: &str, transport: Transport) -> Result<Signal, DecodeError> {
    const HTTP: [(&str, Signal); 3] = [
        ("/v1/traces", Signal::Traces),
        ("/v1/metrics", Signal::Metrics),
        ("/v1/logs", Signal::Logs),
    ];
    const GRPC: [(&str, Signal); 3] = [
        (
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Signal::Traces,
        ),
        (
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Signal::Metrics,
        ),
        (
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Signal::Logs,
        ),
    ];
    let known = match transport {
        Transport::HttpProtobuf | Transport::HttpJson => HTTP,
        Transport::Grpc => GRPC,
    };
    known
        .into_iter()
        .find(|(end, _)| path.trim_end_matches('/').ends_with(end))
        .map(|(_, signal)| signal)
        .ok_or_else(|| DecodeError::Path(path.to_owned()))
}

fn message(signal: Signal, bytes: &[u8]) -> Result<Message, DecodeError> {
    match signal {
        Signal::Traces => ExportTraceServiceRequest::decode(bytes).map(Message::Traces),
        Signal::Metrics => ExportMetricsServiceRequest::decode(bytes).map(Message::Metrics),
        Signal::Logs => ExportLogsServiceRequest::decode(bytes).map(Message::Logs),
    }
    .map_err(|error| DecodeError::Message(error.to_string()))
}

fn message_in_json(signal: Signal, bytes: &[u8]) -> Result<Message, DecodeError> {
    match signal {
        Signal::Traces => serde_json::from_slice(bytes).map(Message::Traces),
        Signal::Metrics => serde_json::from_slice(bytes).map(Message::Metrics),
        Signal::Logs => serde_json::from_slice(bytes).map(Message::Logs),
    }
    .map_err(|error| DecodeError::Message(error.to_string()))
}

/// One unary frame: a flag for compression, four bytes of length, the message.
fn unframe(body: &[u8]) -> Option<(bool, &[u8])> {
    let (&flag, rest) = body.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((flag == 1, rest.get(..length)?))
}

fn inflate(encoding: &str, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match encoding {
        "" | "identity" => Ok(body.to_vec()),
        "gzip" => {
            let mut bytes = Vec::new();
            let read = GzDecoder::new(body)
                .take(MAX_BODY + 1)
                .read_to_end(&mut bytes);
            match read {
                Ok(length) if length as u64 <= MAX_BODY => Ok(bytes),
                Ok(_) => Err(DecodeError::Encoding(format!("more than {MAX_BODY} bytes"))),
                Err(error) => Err(DecodeError::Encoding(error.to_string())),
            }
        }
        other => Err(DecodeError::Encoding(format!("{other:?} is unknown"))),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
