//! What a line says besides name and duration: the few attributes that tell most about a span of its convention.

use opentelemetry::trace::SpanKind;
use opentelemetry_semantic_conventions::attribute as key;

use super::model::{Span, Status};
use super::text::{clean, clean_end};

const MAX_DETAIL: usize = 60;
const MAX_VALUE: usize = 40;
const MAX_PLACE: usize = 32;
const MAX_RESULT: usize = 18;
const MAX_CUSTOM: usize = 3;

/// Attributes of bridges and conventions, which say nothing about one span of no convention in particular.
const COMMON: [&str; 12] = [
    "busy_ns",
    "code.",
    "error.type",
    "exception.",
    "idle_ns",
    "level",
    "network.",
    "otel.",
    "server.",
    "target",
    "telemetry.",
    "thread.",
];

/// The texts of a line, all of them safe to write.
#[derive(Default)]
pub(super) struct Telling {
    /// Where the code is, for functions.
    pub(super) place: Option<String>,
    /// The protocol's status, a number of rows, or `ERROR`.
    pub(super) result: String,
    /// Anything else, most telling first.
    pub(super) details: Vec<String>,
}

pub(super) fn telling(span: &Span) -> Telling {
    let mut telling = convention(span);
    if span.is_error() {
        if telling.result.is_empty() || span.attribute(key::DB_RESPONSE_RETURNED_ROWS).is_some() {
            "ERROR".clone_into(&mut telling.result);
        }
        telling.details.extend(error(span, &telling.result));
    }
    telling
}

fn convention(span: &Span) -> Telling {
    let any = |keys: &[&str]| keys.iter().find_map(|key| span.attribute(key));
    if any(&[key::HTTP_REQUEST_METHOD, key::HTTP_RESPONSE_STATUS_CODE]).is_some() {
        return http(span);
    }
    if let Some(system) = any(&[key::DB_SYSTEM_NAME, "db.system"]) {
        let rows = span.attribute(key::DB_RESPONSE_RETURNED_ROWS);
        return Telling {
            result: rows.map_or_else(String::new, rows_text),
            details: details([Some(system), span.attribute(key::DB_RESPONSE_STATUS_CODE)]),
            ..Telling::default()
        };
    }
    if let Some(system) = any(&[key::RPC_SYSTEM_NAME, "rpc.system"]) {
        let code = any(&[key::RPC_RESPONSE_STATUS_CODE, "rpc.grpc.status_code"]);
        return Telling {
            result: clean(code.unwrap_or_default(), MAX_RESULT),
            details: details([Some(system), address(span)]),
            ..Telling::default()
        };
    }
    if let Some(system) = span.attribute(key::MESSAGING_SYSTEM) {
        let destination = span.attribute(key::MESSAGING_DESTINATION_NAME);
        return Telling {
            details: details([
                Some(system),
                destination.filter(|name| !span.name.contains(name)),
            ]),
            ..Telling::default()
        };
    }
    Telling {
        place: place(span),
        details: custom(span),
        ..Telling::default()
    }
}

fn http(span: &Span) -> Telling {
    // A server span is named after its route, a client span after the server, where these are known; say them
    // where they are not.
    let detail = if span.kind == SpanKind::Server {
        span.attribute(key::URL_PATH)
            .filter(|_| span.attribute(key::HTTP_ROUTE).is_none())
    } else {
        address(span)
    };
    let status = span.attribute(key::HTTP_RESPONSE_STATUS_CODE);
    Telling {
        result: clean(status.unwrap_or_default(), MAX_RESULT),
        details: details([detail]),
        ..Telling::default()
    }
}

/// The server's address, unless the name says it.
fn address(span: &Span) -> Option<&str> {
    span.attribute(key::SERVER_ADDRESS)
        .filter(|address| !span.name.contains(address))
}

fn rows_text(rows: &str) -> String {
    let noun = if rows == "1" { "row" } else { "rows" };
    clean(&format!("{rows} {noun}"), MAX_RESULT)
}

fn place(span: &Span) -> Option<String> {
    let file = span.attribute(key::CODE_FILE_PATH)?;
    Some(match span.attribute(key::CODE_LINE_NUMBER) {
        Some(line) => clean_end(&format!("{file}:{line}"), MAX_PLACE),
        None => clean_end(file, MAX_PLACE),
    })
}

fn custom(span: &Span) -> Vec<String> {
    span.attributes
        .iter()
        .filter(|(key, _)| {
            !COMMON
                .iter()
                .any(|common| key == common || (common.ends_with('.') && key.starts_with(common)))
        })
        .take(MAX_CUSTOM)
        .map(|(key, value)| format!("{}={}", clean(key, MAX_VALUE), clean(value, MAX_VALUE)))
        .collect()
}

/// The class of the error, then its message, each once.
fn error(span: &Span, result: &str) -> Vec<String> {
    let event = span.errors.last();
    let class = span
        .attribute(key::ERROR_TYPE)
        .or(event.map(|event| event.kind.as_str()))
        .filter(|class| *class != result);
    let message = match &span.status {
        Status::Error(description) if !description.is_empty() => Some(description.as_str()),
        _ => event.map(|event| event.message.as_str()),
    };
    details([class, message.filter(|message| Some(*message) != class)])
}

fn details<const N: usize>(texts: [Option<&str>; N]) -> Vec<String> {
    texts
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(|text| clean(text, MAX_DETAIL))
        .collect()
}
