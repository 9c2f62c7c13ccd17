//! Log records, one line each: time of day (UTC), severity, target, body, attributes, trace.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

use super::style::{Paint, Style};
use super::text::{clean, left};

const MAX_BODY: usize = 2000;
const MAX_VALUE: usize = 200;
const MAX_NESTING: usize = 4;

/// Writes every log record as a line on stderr.
pub struct ConsoleLogExporter {
    style: Style,
    out: Mutex<Box<dyn Write + Send>>,
}

impl ConsoleLogExporter {
    /// Writes to stderr, with colours if it is a terminal and `NO_COLOR` is unset or empty.
    #[must_use]
    pub fn new() -> Self {
        Self::with_style(Style::for_stderr())
    }

    /// Writes to stderr in the given style.
    #[must_use]
    pub fn with_style(style: Style) -> Self {
        Self::to(Box::new(std::io::stderr()), style)
    }

    pub(super) fn to(out: Box<dyn Write + Send>, style: Style) -> Self {
        Self {
            style,
            out: Mutex::new(out),
        }
    }
}

impl Default for ConsoleLogExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleLogExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleLogExporter").finish_non_exhaustive()
    }
}

impl LogExporter for ConsoleLogExporter {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let lines: String = batch
            .iter()
            .map(|(record, _)| line(record, &self.style))
            .collect();
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(lines.as_bytes());
        Ok(())
    }
}

fn line(record: &SdkLogRecord, style: &Style) -> String {
    let time = record.timestamp().or(record.observed_timestamp());
    let mut line = style.paint(&time.map_or_else(String::new, time_of_day), Paint::Dim);
    let severity = record.severity_number();
    let name = record
        .severity_text()
        .or(severity.map(|severity| severity.name()))
        .unwrap_or("-");
    let name = left(&clean(name, 8), 5);
    let name = match severity {
        Some(severity) if severity >= Severity::Error => style.paint(&name, Paint::Red),
        Some(severity) if severity >= Severity::Warn => style.paint(&name, Paint::Yellow),
        _ => name,
    };
    let _ = write!(line, " {name}");
    if let Some(target) = record.target() {
        let target = format!("{}:", clean(target, MAX_VALUE));
        let _ = write!(line, " {}", style.paint(&target, Paint::Dim));
    }
    let body = record.body().map(|body| clean(&text(body, 0), MAX_BODY));
    let body = body.or_else(|| record.event_name().map(|name| clean(name, MAX_VALUE)));
    if let Some(body) = body {
        let _ = write!(line, " {body}");
    }
    for (key, value) in record.attributes_iter() {
        let pair = format!("{key}={}", text(value, 0));
        let _ = write!(
            line,
            " {}",
            style.paint(&clean(&pair, MAX_VALUE), Paint::Dim)
        );
    }
    if let Some(context) = record.trace_context() {
        let id: String = context.trace_id.to_string().chars().take(8).collect();
        let _ = write!(
            line,
            " {}",
            style.paint(&format!("trace {id}…"), Paint::Dim)
        );
    }
    line.push('\n');
    line
}

/// `14:03:07.120Z`: the zone of the process cannot be known without reading its files.
fn time_of_day(time: SystemTime) -> String {
    let millis = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    let (seconds, millis) = (millis / 1000 % 86_400, millis % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{millis:03}Z", seconds % 60)
}

fn text(value: &AnyValue, nesting: usize) -> String {
    if nesting > MAX_NESTING {
        return "…".to_owned();
    }
    match value {
        AnyValue::Int(value) => value.to_string(),
        AnyValue::Double(value) => value.to_string(),
        AnyValue::String(value) => value.as_str().to_owned(),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        AnyValue::ListAny(values) => {
            let values: Vec<_> = values
                .iter()
                .map(|value| text(value, nesting + 1))
                .collect();
            format!("[{}]", values.join(","))
        }
        AnyValue::Map(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{key}={}", text(value, nesting + 1)));
            let mut pairs: Vec<_> = pairs.collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(","))
        }
        _ => "?".to_owned(),
    }
}
