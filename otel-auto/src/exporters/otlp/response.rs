//! What a receiver's answer means.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceResponse, metrics::v1::ExportMetricsServiceResponse,
    trace::v1::ExportTraceServiceResponse,
};
use prost::Message;

use super::{
    Signal,
    failure::{Cause, Failure},
    grpc,
    rpc_status::RpcStatus,
};
use crate::config::otlp::Protocol;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

/// The request was taken; a receiver may still have rejected some items, or have something to say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) rejected: u64,
    pub(super) message: String,
}

impl Answer {
    pub(super) fn read(&self, protocol: Protocol, signal: Signal) -> Result<Accepted, Failure> {
        match protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => self.read_http(signal),
            Protocol::Grpc => self.read_grpc(signal),
        }
    }

    fn read_http(&self, signal: Signal) -> Result<Accepted, Failure> {
        let kind = self.content_type();
        if kind.starts_with("application/grpc") {
            return Err(Failure::new(
                Cause::Protocol,
                "the receiver answers in gRPC",
            ));
        }
        if !self.status.is_success() {
            return Err(self.refusal());
        }
        // A web server that answers every path with a page would otherwise swallow all telemetry unseen.
        if kind.starts_with("text/html") {
            return Err(Failure::new(
                Cause::Protocol,
                "the endpoint answers with a web page",
            ));
        }
        Ok(if kind.starts_with("application/x-protobuf") {
            accepted(signal, &self.body)
        } else if kind.starts_with("application/json") {
            accepted_in_json(&self.body)
        } else {
            Accepted::default()
        })
    }

    fn read_grpc(&self, signal: Signal) -> Result<Accepted, Failure> {
        match grpc::status(&self.headers, self.trailers.as_ref()) {
            Some(Ok(())) => Ok(accepted(
                signal,
                grpc::unframe(&self.body).unwrap_or_default(),
            )),
            Some(Err(failure)) => Err(failure),
            // Proxies answer without a gRPC status when they cannot reach the receiver.
            None if !self.status.is_success() => Err(self.refusal()),
            None => Err(Failure::new(Cause::Protocol, "the answer is not gRPC")),
        }
    }

    fn refusal(&self) -> Failure {
        let detail = match self.content_type() {
            kind if kind.starts_with("application/x-protobuf") => {
                RpcStatus::decode(&self.body).unwrap_or_default().message
            }
            kind if kind.starts_with("application/json") => {
                // `google.rpc.Status` in JSON, or whatever else the receiver has to say.
                let status: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
                let message = status
                    .as_ref()
                    .and_then(|status| status.get("message")?.as_str());
                message.map_or_else(
                    || String::from_utf8_lossy(&self.body).into_owned(),
                    str::to_owned,
                )
            }
            kind if kind.starts_with("text/plain") => {
                String::from_utf8_lossy(&self.body).into_owned()
            }
            _ => String::new(),
        };
        Failure::new(Cause::Status(self.status.as_u16()), detail).after(self.retry_after())
    }

    /// In seconds, or as a date; a date that has passed means now.
    fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        // With a sign it is a number to the standard library, and none to HTTP.
        if value.starts_with('+') {
            return None;
        }
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let at = http_date(value)?;
        Some(at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    fn content_type(&self) -> &str {
        let value = self.headers.get(header::CONTENT_TYPE);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A response that cannot be decoded counts as a plain success: the status said so.
fn accepted(signal: Signal, bytes: &[u8]) -> Accepted {
    let partial = match signal {
        Signal::Traces => ExportTraceServiceResponse::decode(bytes)
            .ok()
            .and_then(|response| response.partial_success)
            .map(|partial| (partial.rejected_spans, partial.error_message)),
        Signal::Metrics => ExportMetricsServiceResponse::decode(bytes)
            .ok()
            .and_then(|response| response.partial_success)
            .map(|partial| (partial.rejected_data_points, partial.error_message)),
        Signal::Logs => ExportLogsServiceResponse::decode(bytes)
            .ok()
            .and_then(|response| response.partial_success)
            .map(|partial| (partial.rejected_log_records, partial.error_message)),
    };
    let (rejected, message) = partial.unwrap_or_default();
    Accepted {
        rejected: u64::try_from(rejected).unwrap_or_default(),
        message,
    }
}

/// The same in JSON, where an int64 is a string, but may be a number. There is one count, whatever the signal.
fn accepted_in_json(bytes: &[u8]) -> Accepted {
    use serde_json::Value;

    let answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let Some(partial) = answer.get("partialSuccess") else {
        return Accepted::default();
    };
    let count = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    let rejected = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"]
        .iter()
        .find_map(|name| count(partial.get(name)?));
    Accepted {
        rejected: rejected.unwrap_or_default(),
        message: partial
            .get("errorMessage")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of date that may be sent.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_once(", ")?.1.split([' ', ':']);
    let mut number = |limit: u64| {
        parts
            .next()?
            .parse::<u64>()
            .ok()
            .filter(|&number| number <= limit)
    };
    let day = number(31)?;
    let month = parts
        .next()
        .and_then(|name| MONTHS.iter().position(|&month| month == name))? as u64;
    let mut number = |limit: u64| {
        parts
            .next()?
            .parse::<u64>()
            .ok()
            .filter(|&number| number <= limit)
    };
    let (year, hour, minute, second) = (number(9999)?, number(23)?, number(59)?, number(60)?);
    // Years that begin in March, so that the leap day is the last one.
    let (year, month) = if month < 2 {
        (year.checked_sub(1)?, month + 10)
    } else {
        (year, month - 2)
    };
    let days = year * 365 + year / 4 - year / 100
        + year / 400
        + (month * 153 + 2) / 5
        + day.checked_sub(1)?;
    let days = days.checked_sub(719_468)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn http_dates_are_read() {
        let seconds = |text| {
            http_date(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
        };
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(
            seconds("Thu, 29 Feb 2024 12:00:00 GMT"),
            Some(1_709_208_000)
        );
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("Sun, 99 Nov 1994 08:49:37 GMT"), None);
    }

    fn answer(status: u16, kind: &'static str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]),
            body: Bytes::new(),
            trailers: None,
        }
    }

    #[test]
    fn a_time_to_come_back_has_no_sign() {
        let asked = |text: &str| {
            let mut answer = answer(503, "text/plain");
            answer
                .headers
                .insert(header::RETRY_AFTER, text.parse().unwrap());
            answer.retry_after()
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!((asked("+7"), asked("-7")), (None, None));
    }

    #[test]
    fn a_web_page_is_no_success() {
        let page = answer(200, "text/html; charset=utf-8");
        assert_eq!(
            page.read(Protocol::HttpProtobuf, Signal::Logs)
                .unwrap_err()
                .cause,
            Cause::Protocol
        );
    }

    #[test]
    fn an_empty_answer_in_json_is_a_success_over_http_but_no_grpc() {
        let json = answer(200, "application/json");
        assert_eq!(
            json.read(Protocol::HttpProtobuf, Signal::Traces),
            Ok(Accepted::default())
        );
        assert_eq!(
            json.read(Protocol::Grpc, Signal::Traces).unwrap_err().cause,
            Cause::Protocol
        );
    }
}
