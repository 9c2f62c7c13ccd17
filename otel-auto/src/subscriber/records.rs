//! Makes log records of `tracing` events, and of `log` records that come as such.

use std::{
    cell::RefCell,
    fmt::{self, Write},
    sync::Arc,
    time::SystemTime,
};

use arc_swap::ArcSwapOption;
use opentelemetry::{
    Key, StringValue,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::TraceContextExt,
};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider};
use opentelemetry_semantic_conventions::attribute::{
    CODE_FILE_PATH, CODE_LINE_NUMBER, EXCEPTION_MESSAGE,
};
use tracing::{
    Dispatch, Event, Level,
    dispatcher::WeakDispatch,
    field::{Field, Visit},
};

use super::filter;

// Read for every event, so without a lock.
static LOGGER: ArcSwapOption<SdkLogger> = ArcSwapOption::const_empty();

pub(crate) fn set_provider(provider: Option<&SdkLoggerProvider>) {
    LOGGER.store(provider.map(|provider| Arc::new(provider.logger("otel-auto"))));
}

/// Records with the ids of the span that is current, whichever world made it.
#[derive(Default)]
pub(super) struct Records {
    dispatch: std::sync::OnceLock<WeakDispatch>,
}

impl Records {
    pub(super) fn belong_to(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    pub(super) fn on_event(&self, event: &Event<'_>) {
        let late = LOGGER.load();
        #[cfg(feature = "testing")]
        let captured = crate::testing::logger();
        #[cfg(not(feature = "testing"))]
        let captured = None;
        let Some(logger) = captured.as_ref().or(late.as_deref()) else {
            return;
        };
        let metadata = event.metadata();
        let mut record = logger.create_log_record();
        record.set_timestamp(SystemTime::now());
        let (severity, text) = severity(*metadata.level());
        record.set_severity_number(severity);
        record.set_severity_text(text);
        // An event without a name of its own is named after its place in the code.
        if !metadata.name().starts_with("event ") && metadata.target() != FROM_LOG {
            record.set_event_name(metadata.name());
        }
        #[cfg(feature = "log")]
        if metadata.target() == FROM_LOG {
            // Before the message is formatted, which may log in its turn.
            record.add_attributes(super::logger::take_key_values());
        }
        let mut fields = Fields::new(&mut record);
        event.record(&mut fields);
        if metadata.target() == FROM_LOG {
            let target = fields.target.take().unwrap_or_default();
            if !filter::wants_record(&target, *metadata.level()) {
                return;
            }
            record.set_target(target);
        } else {
            record.set_target(metadata.target());
            if let Some(file) = metadata.file() {
                record.add_attribute(CODE_FILE_PATH, file);
            }
            if let Some(line) = metadata.line() {
                record.add_attribute(CODE_LINE_NUMBER, i64::from(line));
            }
        }
        // An event may name another span than the current one.
        if let Some(parent) = event.parent() {
            let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
            let context = dispatch
                .and_then(|dispatch| tracing_opentelemetry::get_otel_context(parent, &dispatch));
            if let Some(context) = context {
                let span = context.span();
                let ids = span.span_context();
                record.set_trace_context(ids.trace_id(), ids.span_id(), Some(ids.trace_flags()));
            }
        }
        logger.emit(record);
    }
}

/// The target of what comes from the crate `log`. Its own target is a field.
const FROM_LOG: &str = "log";

fn severity(level: Level) -> (Severity, &'static str) {
    match level {
        Level::ERROR => (Severity::Error, "ERROR"),
        Level::WARN => (Severity::Warn, "WARN"),
        Level::INFO => (Severity::Info, "INFO"),
        Level::DEBUG => (Severity::Debug, "DEBUG"),
        Level::TRACE => (Severity::Trace, "TRACE"),
    }
}

struct Fields<'a> {
    record: &'a mut SdkLogRecord,
    target: Option<String>,
}

impl<'a> Fields<'a> {
    fn new(record: &'a mut SdkLogRecord) -> Self {
        Self {
            record,
            target: None,
        }
    }

    /// The SDK copies a record for each processor; a shared text is not copied.
    fn text(&mut self, field: &Field, text: Arc<str>) {
        match field.name() {
            "message" => self.record.set_body(any(text)),
            "log.target" => self.target = Some(text.to_string()),
            "log.file" => self.record.add_attribute(CODE_FILE_PATH, any(text)),
            "log.module_path" => {}
            name => self.record.add_attribute(Key::new(name), any(text)),
        }
    }

    fn integer(&mut self, field: &Field, value: Option<i64>, text: &dyn fmt::Display) {
        let key = match field.name() {
            "log.line" => CODE_LINE_NUMBER,
            name => name,
        };
        // The protocol has no larger ones.
        let value = value.map_or_else(|| AnyValue::from(text.to_string()), AnyValue::from);
        self.record.add_attribute(Key::new(key), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.text(field, formatted(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record.add_attribute(Key::new(field.name()), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record.add_attribute(Key::new(field.name()), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.integer(field, Some(value), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.integer(field, value.try_into().ok(), &value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.integer(field, value.try_into().ok(), &value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.integer(field, value.try_into().ok(), &value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.record.add_attribute(Key::new(field.name()), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let key = match field.name() {
            "error" | "err" | "message" => EXCEPTION_MESSAGE,
            name => name,
        };
        self.record.add_attribute(Key::new(key), value.to_string());
    }
}

/// What a thread may keep for its next text, in bytes.
const KEPT: usize = 4096;

thread_local! {
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a value says of itself; what it says before it fails is kept.
fn formatted(value: &dyn fmt::Debug) -> Arc<str> {
    let format = |buffer: &mut String| -> Arc<str> {
        let _ = write!(buffer, "{value:?}");
        buffer.as_str().into()
    };
    let text = TEXT.try_with(|buffer| {
        // It is taken if the value logs while it is formatted.
        let mut buffer = buffer.try_borrow_mut().ok()?;
        buffer.clear();
        let text = format(&mut buffer);
        buffer.shrink_to(KEPT);
        Some(text)
    });
    let text = text.ok().flatten();
    text.unwrap_or_else(|| format(&mut String::new()))
}

fn any(text: Arc<str>) -> AnyValue {
    AnyValue::String(StringValue::from(text))
}
