//! Log records are cut before any processor that exports sees them. A record of the SDK can be added to, but nothing in
//! it can be changed: one that exceeds a limit is written anew.

use std::time::Duration;

use opentelemetry::{
    InstrumentationScope,
    logs::{LogRecord, Logger, LoggerProvider, Severity},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord, SdkLogger, SdkLoggerProvider},
};

use super::value::{cut_any, exceeds};
use crate::config::signals::LogLimits;

/// A processor that must stand before all others.
#[derive(Debug)]
pub(crate) struct LimitedRecords {
    attributes: usize,
    value_length: Option<usize>,
    /// The only source of empty records.
    blank: SdkLogger,
}

impl LimitedRecords {
    pub(crate) fn new(limits: LogLimits) -> Self {
        Self {
            attributes: limits.attributes as usize,
            value_length: limits.value_length.map(|most| most as usize),
            blank: SdkLoggerProvider::builder().build().logger(""),
        }
    }

    fn is_within(&self, record: &SdkLogRecord) -> bool {
        let fits = |value| self.value_length.is_none_or(|most| !exceeds(value, most));
        let mut count = 0;
        record.attributes_iter().all(|(_, value)| {
            count += 1;
            count <= self.attributes && fits(value)
        })
    }

    /// The same without what is too much.
    fn limited(&self, record: &SdkLogRecord) -> SdkLogRecord {
        let mut limited = self.blank.create_log_record();
        if let Some(name) = record.event_name() {
            limited.set_event_name(name);
        }
        if let Some(target) = record.target() {
            limited.set_target(target.clone());
        }
        if let Some(time) = record.timestamp() {
            limited.set_timestamp(time);
        }
        if let Some(time) = record.observed_timestamp() {
            limited.set_observed_timestamp(time);
        }
        if let Some(text) = record.severity_text() {
            limited.set_severity_text(text);
        }
        if let Some(number) = record.severity_number() {
            limited.set_severity_number(number);
        }
        if let Some(body) = record.body() {
            limited.set_body(body.clone());
        }
        if let Some(trace) = record.trace_context() {
            limited.set_trace_context(trace.trace_id, trace.span_id, trace.trace_flags);
        }
        for (key, value) in record.attributes_iter().take(self.attributes) {
            let mut value = value.clone();
            if let Some(most) = self.value_length {
                cut_any(&mut value, most);
            }
            limited.add_attribute(key.clone(), value);
        }
        limited
    }
}

impl LogProcessor for LimitedRecords {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        if !self.is_within(record) {
            *record = self.limited(record);
        }
    }

    /// One processor that wants a record is enough, and this one exports nothing.
    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        false
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
