//! Where one instrumentation's exceptions go.

use std::time::SystemTime;

use opentelemetry::{
    Context,
    logs::{AnyValue, LogRecord, Logger},
    trace::{SpanContext, TraceContextExt},
};

use super::{Exception, ExceptionEvent, ExceptionSignal};

/// Makes log records of exceptions, whatever the logger's own type is.
pub(crate) trait LogException: Send + Sync {
    fn log(&self, event: ExceptionEvent, exception: Exception, span: &SpanContext);
}

pub(crate) struct Logging<L>(pub(crate) L);

impl<L: Logger + Send + Sync> LogException for Logging<L> {
    fn log(&self, event: ExceptionEvent, exception: Exception, span: &SpanContext) {
        let mut record = self.0.create_log_record();
        record.set_event_name(event.name);
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(event.severity);
        record.set_severity_text(event.severity.name());
        if span.is_valid() {
            let flags = Some(span.trace_flags());
            record.set_trace_context(span.trace_id(), span.span_id(), flags);
        }
        for attribute in exception.into_attributes() {
            record.add_attribute(attribute.key, any_value(attribute.value));
        }
        self.0.emit(record);
    }
}

fn any_value(value: opentelemetry::Value) -> AnyValue {
    match value {
        opentelemetry::Value::I64(number) => number.into(),
        text => AnyValue::String(text.as_str().into_owned().into()),
    }
}

/// The signals that exceptions are recorded in.
#[derive(Default)]
pub(crate) struct Signals {
    logger: Option<Box<dyn LogException>>,
    events: bool,
}

impl Signals {
    pub(crate) fn new(wanted: ExceptionSignal, logger: Option<Box<dyn LogException>>) -> Self {
        Self {
            events: match wanted {
                ExceptionSignal::Auto => logger.is_none(),
                ExceptionSignal::Logs => false,
                ExceptionSignal::LogsAndEvents => true,
            },
            logger,
        }
    }

    /// Are there log records, which do not ask whether the span is recorded?
    pub(crate) fn logs(&self) -> bool {
        self.logger.is_some()
    }

    /// Is there anywhere to record an exception of such a span?
    pub(crate) fn wanted(&self, is_recording: bool) -> bool {
        self.logs() || self.events && is_recording
    }

    pub(crate) fn record(
        &self,
        event: ExceptionEvent,
        exception: Exception,
        context: &Context,
        is_recording: bool,
    ) {
        let span = context.span();
        if self.events && is_recording {
            let attributes = exception.clone().into_attributes().collect();
            span.add_event(ExceptionEvent::PLAIN, attributes);
        }
        if let Some(logger) = &self.logger {
            logger.log(event, exception, span.span_context());
        }
    }
}
