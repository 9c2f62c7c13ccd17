#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, InstrumentationScope, Key, KeyValue, SpanId, StringValue, TraceFlags, TraceId, Value,
    logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity},
    trace::{Link, Span as _, SpanContext, Tracer, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider},
    trace::{SdkTracerProvider, Span, SpanData, SpanProcessor},
};

use super::{
    LimitedRecords,
    value::{cut, cut_any},
    with_processor,
};
use crate::config::signals::LogLimits;

fn texts(texts: &[&'static str]) -> Value {
    let texts: Vec<StringValue> = texts.iter().map(|text| (*text).into()).collect();
    Value::Array(texts.into())
}

#[test]
fn texts_are_cut_by_characters_and_numbers_are_left_alone() {
    for (text, most, kept) in [
        ("", 0, ""),
        ("abc", 0, ""),
        ("abc", 2, "ab"),
        ("abc", 3, "abc"),
        ("abc", 4, "abc"),
        ("äöü", 2, "äö"),
        ("äöü", 3, "äöü"),
        ("\u{1f980}\u{1f980}", 1, "\u{1f980}"),
    ] {
        let mut value = Value::from(text);
        cut(&mut value, most);
        assert_eq!(value, Value::from(kept), "{text} {most}");
        let mut list = texts(&[text, "z"]);
        cut(&mut list, most.max(1));
        assert_eq!(list.to_string().matches('z').count(), 1, "{list}");
    }
    for mut value in [Value::I64(123_456), Value::Bool(true), Value::F64(1.25)] {
        let same = value.clone();
        cut(&mut value, 0);
        assert_eq!(value, same);
    }
}

#[test]
fn each_text_of_an_array_and_of_nested_values_is_cut_and_bytes_are_counted() {
    let mut array = texts(&["abc", "ä", "äöü"]);
    cut(&mut array, 2);
    assert_eq!(array, texts(&["ab", "ä", "äö"]));
    let nested = AnyValue::Map(Box::new(HashMap::from([(
        Key::new("list"),
        AnyValue::ListAny(Box::new(vec!["abc".into(), AnyValue::Int(12_345)])),
    )])));
    let mut values = AnyValue::ListAny(Box::new(vec![
        AnyValue::Bytes(Box::new(vec![1, 2, 3])),
        nested,
    ]));
    cut_any(&mut values, 2);
    let expected = AnyValue::Map(Box::new(HashMap::from([(
        Key::new("list"),
        AnyValue::ListAny(Box::new(vec!["ab".into(), AnyValue::Int(12_345)])),
    )])));
    assert_eq!(
        values,
        AnyValue::ListAny(Box::new(vec![
            AnyValue::Bytes(Box::new(vec![1, 2])),
            expected
        ]))
    );
}

#[derive(Debug, Clone, Default)]
struct Ended(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Ended {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn ended_span(value_length: Option<u32>) -> SpanData {
    let ended = Ended::default();
    let provider = with_processor(
        SdkTracerProvider::builder().with_resource(Resource::builder_empty().build()),
        value_length,
        ended.clone(),
    )
    .build();
    let mut span = provider.tracer("test").start("a long name");
    span.set_attribute(KeyValue::new("key-is-not-cut", "äbcd"));
    span.add_event("a long event", vec![KeyValue::new("k", "abcd")]);
    let link = Link::new(
        SpanContext::empty_context(),
        vec![KeyValue::new("k", "abcd")],
        0,
    );
    span.add_link(link.span_context, link.attributes);
    span.end();
    ended.0.lock().unwrap().pop().unwrap()
}

#[test]
fn a_span_is_cut_in_its_attributes_events_and_links_and_nowhere_else() {
    let span = ended_span(Some(3));
    assert_eq!(span.attributes, [KeyValue::new("key-is-not-cut", "äbc")]);
    assert_eq!(span.events[0].attributes, [KeyValue::new("k", "abc")]);
    assert_eq!(span.links[0].attributes, [KeyValue::new("k", "abc")]);
    assert_eq!(
        (&*span.name, &*span.events[0].name),
        ("a long name", "a long event")
    );
}

#[test]
fn a_span_without_a_limit_is_whole() {
    assert_eq!(
        ended_span(None).attributes,
        [KeyValue::new("key-is-not-cut", "äbcd")]
    );
}

#[derive(Debug, Clone, Default)]
struct Emitted(Arc<Mutex<Vec<SdkLogRecord>>>);

impl LogProcessor for Emitted {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        self.0.lock().unwrap().push(record.clone());
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn full_record(logger: &impl Logger<LogRecord = SdkLogRecord>) -> SdkLogRecord {
    let mut record = logger.create_log_record();
    record.set_event_name("event");
    record.set_target("target");
    record.set_timestamp(SystemTime::UNIX_EPOCH);
    record.set_observed_timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    record.set_severity_text("ERROR");
    record.set_severity_number(Severity::Error);
    record.set_body("a long body".into());
    record.set_trace_context(TraceId::from(1), SpanId::from(2), Some(TraceFlags::SAMPLED));
    for (key, value) in [("a", "long"), ("b", "é"), ("c", "longer")] {
        record.add_attribute(key, value);
    }
    record
}

fn emitted(attributes: u32, value_length: Option<u32>) -> (SdkLogRecord, SdkLogRecord) {
    let emitted = Emitted::default();
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(LimitedRecords::new(LogLimits {
            attributes,
            value_length,
        }))
        .with_log_processor(emitted.clone())
        .build();
    let logger = provider.logger("test");
    let given = full_record(&logger);
    logger.emit(given.clone());
    let taken = emitted.0.lock().unwrap().pop().unwrap();
    (given, taken)
}

fn attributes(record: &SdkLogRecord) -> Vec<(&str, AnyValue)> {
    record
        .attributes_iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect()
}

#[test]
fn a_log_record_keeps_its_first_attributes_cut_and_all_else_whole() {
    let (given, taken) = emitted(2, Some(2));
    assert_eq!(attributes(&taken), [("a", "lo".into()), ("b", "é".into())]);
    assert_eq!(taken.event_name(), Some("event"));
    assert_eq!(taken.target(), given.target());
    assert_eq!(taken.timestamp(), given.timestamp());
    assert_eq!(taken.observed_timestamp(), given.observed_timestamp());
    assert_eq!(taken.severity_text(), Some("ERROR"));
    assert_eq!(taken.severity_number(), Some(Severity::Error));
    assert_eq!(taken.body(), given.body());
    assert_eq!(taken.trace_context(), given.trace_context());
}

#[test]
fn a_log_record_within_its_limits_is_left_as_it_is() {
    for value_length in [None, Some(6)] {
        let (given, taken) = emitted(3, value_length);
        assert_eq!(given, taken);
    }
    let (_, taken) = emitted(0, None);
    assert_eq!(attributes(&taken), []);
}

#[test]
fn whether_a_record_is_wanted_is_decided_by_those_that_export() {
    let limits = LogLimits {
        attributes: 128,
        value_length: None,
    };
    let wants = |provider: &SdkLoggerProvider| {
        let logger = provider.logger("test");
        logger.event_enabled(Severity::Info, "target", None)
    };
    let builder = || SdkLoggerProvider::builder().with_log_processor(LimitedRecords::new(limits));
    assert!(!wants(&builder().build()));
    let exporting = builder().with_log_processor(Emitted::default());
    assert!(wants(&exporting.build()));
}
