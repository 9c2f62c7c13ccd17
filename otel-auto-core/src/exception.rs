//! Exceptions: errors and panics that end an operation, each recorded once, where it happened first.
//!
//! An exception is a log record where there are log records (see [`ProvidersBuilder::logger_provider`]), an event of the
//! span otherwise: [`ExceptionSignal`]. A log record is bound to the operation's span, and does not depend on its being
//! sampled. A response that says of itself that it is an error is none, nor is an operation that was dropped.
//!
//! [`ProvidersBuilder::logger_provider`]: crate::ProvidersBuilder::logger_provider

mod inside;
mod signals;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    borrow::Cow,
};

use opentelemetry::{Context, KeyValue, logs::Severity, trace::TraceContextExt};

pub(crate) use self::{
    inside::{Inside, Window, completed},
    signals::{LogException, Logging, Signals},
};
use crate::{Providers, semconv};

/// Where exceptions are recorded: `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExceptionSignal {
    /// As log records if there is a provider of these, else as events of spans.
    #[default]
    Auto,
    /// As log records alone.
    Logs,
    /// As log records and as events of spans.
    LogsAndEvents,
}

/// What a convention calls the exceptions of its operations. As an event of a span each is called `exception`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExceptionEvent {
    /// The log record's name: `http.server.request.exception`.
    pub name: &'static str,
    /// How bad it is, as far as the operation can tell.
    pub severity: Severity,
}

impl ExceptionEvent {
    /// The name of what belongs to no convention.
    pub const PLAIN: &'static str = "exception";

    /// An error of whoever runs the operation: `ERROR`.
    #[must_use]
    pub const fn error(name: &'static str) -> Self {
        let severity = Severity::Error;
        Self { name, severity }
    }

    /// An error that the caller may well handle: `WARN`.
    #[must_use]
    pub const fn warn(name: &'static str) -> Self {
        let severity = Severity::Warn;
        Self { name, severity }
    }
}

/// The longest message that is recorded, in bytes.
const LONGEST_MESSAGE: usize = 16 * 1024;
/// The longest stack trace that is recorded, in bytes.
const LONGEST_STACKTRACE: usize = 64 * 1024;

/// One exception.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) exception_type: Cow<'static, str>,
    pub(crate) message: Option<String>,
    stacktrace: Option<String>,
    place: Option<(String, u32)>,
}

impl Exception {
    pub(crate) fn new(exception_type: Cow<'static, str>, message: Option<String>) -> Self {
        Self {
            exception_type,
            message: message
                .map(|message| bounded(message, LONGEST_MESSAGE))
                .filter(|message| !message.is_empty()),
            stacktrace: None,
            place: None,
        }
    }

    /// A panic of which no more is known.
    pub(crate) fn panic() -> Self {
        Self::new(semconv::PANIC.into(), None)
    }

    /// From now on operations around the current code know that it is recorded.
    pub(crate) fn raise(&self) {
        inside::raise(self);
    }

    fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let (file, line) = self.place.unzip();
        [
            Some(KeyValue::new(semconv::EXCEPTION_TYPE, self.exception_type)),
            self.message
                .map(|message| KeyValue::new(semconv::EXCEPTION_MESSAGE, message)),
            self.stacktrace
                .map(|trace| KeyValue::new(semconv::EXCEPTION_STACKTRACE, trace)),
            file.map(|file| KeyValue::new(semconv::CODE_FILE_PATH, file)),
            line.map(|line| KeyValue::new(semconv::CODE_LINE_NUMBER, i64::from(line))),
        ]
        .into_iter()
        .flatten()
    }
}

/// A panic, as a panic hook sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panic<'a> {
    /// What it says, if that is text.
    pub message: Option<&'a str>,
    /// File and line, as the compiler names them.
    pub place: Option<(&'a str, u32)>,
    /// How it came about. It is made text only if it was captured and is recorded.
    pub backtrace: Option<&'a Backtrace>,
    /// Does the process end by it, whatever anybody does?
    pub is_fatal: bool,
}

impl Panic<'_> {
    /// Records the panic where this thread's operations record, bound to the current span. The operations that it unwinds
    /// do not record it again.
    ///
    /// Made for panic hooks: it does nothing on a thread that is ending, or whose telemetry is suppressed.
    pub fn record(&self) {
        // A panic while a panic is handled aborts, so nothing may be asked of a thread whose locals are gone.
        if !inside::is_thread_alive() {
            return;
        }
        let context = Context::current();
        if context.is_telemetry_suppressed() {
            return;
        }
        let Some(providers) = Providers::of(&context) else {
            return;
        };
        let is_recording = context.span().is_recording();
        let signals = providers.panics();
        if !signals.wanted(is_recording) {
            return;
        }
        let mut exception = Exception::new(
            semconv::PANIC.into(),
            self.message
                .map(|message| cut(message, LONGEST_MESSAGE).to_owned()),
        );
        exception.place = self.place.map(|(file, line)| (file.to_owned(), line));
        exception.stacktrace = self
            .backtrace
            .filter(|trace| trace.status() == BacktraceStatus::Captured)
            .map(|trace| bounded(trace.to_string(), LONGEST_STACKTRACE));
        let event = ExceptionEvent {
            name: ExceptionEvent::PLAIN,
            severity: if self.is_fatal {
                Severity::Fatal
            } else {
                Severity::Error
            },
        };
        exception.raise();
        signals.record(event, exception, &context, is_recording);
    }
}

fn bounded(mut text: String, most: usize) -> String {
    let length = cut(&text, most).len();
    text.truncate(length);
    text
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(bounded("éé".to_owned(), 3), "é");
        let long = Exception::new("T".into(), Some("x".repeat(LONGEST_MESSAGE + 1)));
        assert_eq!(long.message.map(|text| text.len()), Some(LONGEST_MESSAGE));
    }
}
