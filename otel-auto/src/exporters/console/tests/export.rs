//! Through the SDK itself, and through its OTLP transformation.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger, LoggerProvider as _, Severity};
use opentelemetry::trace::{
    Span as _, SpanBuilder, Status as ApiStatus, TraceContextExt, Tracer, TracerProvider as _,
};
use opentelemetry_proto::tonic::common::v1::{
    AnyValue as ProtoValue, ArrayValue, any_value::Value,
};
use opentelemetry_proto::tonic::{resource::v1 as resource, trace::v1 as otlp};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanExporter};

use super::super::collector::Limits;
use super::super::{ConsoleLogExporter, ConsoleSpanExporter, Style, render};
use super::*;

fn provider(limits: Limits) -> (SdkTracerProvider, SdkTracer, Written) {
    let written = Written::default();
    let exporter = ConsoleSpanExporter::to(Box::new(written.clone()), Style::plain(), limits);
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("users").build())
        .with_simple_exporter(exporter)
        .build();
    let tracer = provider.tracer("test");
    (provider, tracer, written)
}

fn at(ms: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

fn root_and_child(tracer: &SdkTracer) -> (Context, Context) {
    let start = |builder: SpanBuilder, parent: &Context| {
        let span = tracer.build_with_context(builder, parent);
        Context::new().with_span(span)
    };
    let builder = tracer.span_builder("root").with_kind(SpanKind::Server);
    let root = start(builder.with_start_time(at(1000)), &Context::new());
    let builder = tracer.span_builder("child").with_start_time(at(1001));
    let child = start(builder, &root);
    (root, child)
}

#[test]
fn a_trace_of_the_sdk_is_written_at_once_when_its_root_ends() {
    let (_provider, tracer, written) = provider(Limits::default());
    let (root, child) = root_and_child(&tracer);
    child.span().set_status(ApiStatus::error("boom"));
    child.span().record_error(&std::io::Error::other("disk"));
    child.span().end_with_timestamp(at(1003));
    assert_eq!(written.text(), "");
    root.span().end_with_timestamp(at(1010));

    let id: String = root.span().span_context().trace_id().to_string()[..8].to_owned();
    let expected = format!(
        "\
▸ root                                      10.0 ms   trace {id}…
  └─ child                          ERROR    2.0 ms   boom
"
    );
    assert_eq!(written.writes(), [expected]);
}

#[test]
fn late_spans_are_written_without_any_further_span() {
    let limits = Limits {
        late: Duration::from_millis(20),
        ..Limits::default()
    };
    let (_provider, tracer, written) = provider(limits);
    for _ in 0..2 {
        let before = written.writes().len();
        let (root, child) = root_and_child(&tracer);
        root.span().end();
        child.span().end();
        assert_eq!(written.writes().len(), before + 1);
        let started = Instant::now();
        while written.writes().len() < before + 2 {
            assert!(started.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(written.writes()[before + 1].contains("• child"));
        assert!(written.writes()[before + 1].contains("late"));
    }
}

#[test]
fn shutdown_writes_what_is_still_held() {
    let (provider, tracer, written) = provider(Limits::default());
    let (root, child) = root_and_child(&tracer);
    child.span().end();
    provider.shutdown().unwrap();
    assert_eq!(written.writes().len(), 1);
    assert!(written.text().contains("parent still open"));
    drop(root);
    assert_eq!(written.writes().len(), 1);
}

#[test]
fn export_after_shutdown_is_refused() {
    let exporter = ConsoleSpanExporter::to(
        Box::new(Written::default()),
        Style::plain(),
        Limits::default(),
    );
    exporter.shutdown().unwrap();
    let mut export = std::pin::pin!(exporter.export(Vec::new()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let polled = std::future::Future::poll(export.as_mut(), &mut context);
    assert!(matches!(polled, std::task::Poll::Ready(Err(_))));
}

#[test]
fn dropped_traces_are_said() {
    let (_provider, tracer, written) = provider(Limits {
        traces: 1,
        ..Limits::default()
    });
    let (_open, child) = root_and_child(&tracer);
    child.span().end();
    tracer.start_with_context("other", &Context::new()).end();
    assert_eq!(
        written.writes()[0],
        "… 1 span of 1 trace dropped: too many traces open\n"
    );
}

#[test]
fn a_writer_that_fails_harms_nobody() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let exporter = ConsoleSpanExporter::to(Box::new(Broken), Style::plain(), Limits::default());
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter)
        .build();
    provider.tracer("test").start("span").end();
    provider.shutdown().unwrap();
}

#[test]
fn otlp_messages_of_two_processes_are_drawn_as_one_tree() {
    let text = |text: &str| {
        Some(ProtoValue {
            value: Some(Value::StringValue(text.to_owned())),
        })
    };
    let pair = |key: &str, value| opentelemetry_proto::tonic::common::v1::KeyValue {
        key: key.to_owned(),
        value,
        ..Default::default()
    };
    let process = |service: &str, span: otlp::Span| otlp::ResourceSpans {
        resource: Some(resource::Resource {
            attributes: vec![pair("service.name", text(service))],
            ..Default::default()
        }),
        scope_spans: vec![otlp::ScopeSpans {
            spans: vec![span],
            ..Default::default()
        }],
        ..Default::default()
    };
    let numbers = ArrayValue {
        values: [1, 2]
            .map(|n| ProtoValue {
                value: Some(Value::IntValue(n)),
            })
            .to_vec(),
    };
    let caller = otlp::Span {
        trace_id: TRACE.to_be_bytes().to_vec(),
        span_id: vec![0, 0, 0, 0, 0, 0, 0, 1],
        name: "GET billing".to_owned(),
        kind: otlp::span::SpanKind::Client as i32,
        start_time_unix_nano: MS,
        end_time_unix_nano: 5 * MS,
        status: Some(otlp::Status {
            code: 2,
            message: "refused".to_owned(),
        }),
        events: vec![otlp::span::Event {
            name: "exception".to_owned(),
            attributes: vec![pair("exception.type", text("Refused"))],
            ..Default::default()
        }],
        ..Default::default()
    };
    let callee = otlp::Span {
        span_id: vec![0, 0, 0, 0, 0, 0, 0, 2],
        parent_span_id: caller.span_id.clone(),
        name: "GET /".to_owned(),
        kind: otlp::span::SpanKind::Server as i32,
        flags: 0x301,
        status: None,
        attributes: vec![pair(
            "ids",
            Some(ProtoValue {
                value: Some(Value::ArrayValue(numbers)),
            }),
        )],
        events: Vec::new(),
        ..caller.clone()
    };
    let mut spans = Span::from_proto(&process("billing", callee));
    assert!(spans[0].is_local_root() && spans[0].parent_is_remote);
    spans.extend(Span::from_proto(&process("users", caller)));
    assert_eq!(
        render(&spans, &Style::plain()),
        "\
◂ GET billing  [users]              ERROR    4.0 ms   trace 4bf92f35… · Refused · refused
  └─ ▸ GET /  [billing]                      4.0 ms   ids=[1,2]
"
    );
}

#[test]
fn malformed_otlp_spans_are_drawn() {
    let span = otlp::Span {
        trace_id: vec![1; 3],
        span_id: Vec::new(),
        parent_span_id: vec![9; 80],
        kind: 99,
        start_time_unix_nano: u64::MAX,
        end_time_unix_nano: 0,
        ..Default::default()
    };
    let message = otlp::ResourceSpans {
        scope_spans: vec![otlp::ScopeSpans {
            spans: vec![span],
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(
        render(&Span::from_proto(&message), &Style::plain()),
        "•                                              0 ns   trace 00000000…\n"
    );
}

#[test]
fn a_log_record_is_one_line() {
    let written = Written::default();
    let exporter = ConsoleLogExporter::to(Box::new(written.clone()), Style::plain());
    let provider = SdkLoggerProvider::builder()
        .with_simple_exporter(exporter)
        .build();
    let logger = provider.logger("test");
    let mut record = logger.create_log_record();
    record.set_timestamp(at(3_723_004));
    record.set_severity_number(Severity::Warn);
    record.set_target("users::db");
    record.set_body(AnyValue::from("slow\nquery \x1b[31m"));
    record.add_attribute("ms", 12);
    record.add_attribute("ids", AnyValue::ListAny(Box::new(vec![1.into(), 2.into()])));
    record.set_trace_context(TraceId::from(TRACE), SpanId::from(1), None);
    logger.emit(record);
    assert_eq!(
        written.text(),
        "01:02:03.004Z WARN  users::db: slow\\nquery \\u{1b}[31m ms=12 ids=[1,2] trace 4bf92f35…\n"
    );
}
