//! Errors and panics as exceptions: where they are recorded, and that each is recorded once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::{
    backtrace::Backtrace,
    panic::{AssertUnwindSafe, catch_unwind},
};

use opentelemetry::{
    Context, InstrumentationScope, SpanId,
    logs::{AnyValue, Severity},
    trace::{SpanKind, TraceContextExt},
};
use opentelemetry_sdk::{
    logs::{InMemoryLogExporter, SdkLoggerProvider, in_memory_exporter::LogDataWithResource},
    trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData},
};
use otel_auto_core::{
    ExceptionSignal, Failure, Instrumenter, Operation, Panic, Providers, Settings,
    code::{Code, Function},
    db::{DbClient, DbRequest},
    http::{HttpServer, HttpServerRequest},
};

struct Sdk {
    spans: InMemorySpanExporter,
    logs: InMemoryLogExporter,
    providers: Providers,
}

/// What an exception is, on one line: name, severity, type, message.
type Line = String;

impl Sdk {
    fn new(logs: bool, signal: ExceptionSignal, sampler: Sampler) -> Self {
        let mut settings = Settings::default();
        settings.exceptions = signal;
        Self::with(logs, sampler, settings)
    }

    fn with(logs: bool, sampler: Sampler, settings: Settings) -> Self {
        let (spans, records) = (
            InMemorySpanExporter::default(),
            InMemoryLogExporter::default(),
        );
        let traces = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .with_sampler(sampler)
            .build();
        let mut providers = Providers::builder()
            .tracer_provider(traces)
            .settings(settings);
        if logs {
            let provider = SdkLoggerProvider::builder()
                .with_simple_exporter(records.clone())
                .build();
            providers = providers.logger_provider(provider);
        }
        Self {
            spans,
            logs: records,
            providers: providers.build(),
        }
    }

    fn logging() -> Self {
        Self::new(true, ExceptionSignal::Auto, Sampler::AlwaysOn)
    }

    fn run<T>(&self, inside: impl FnOnce() -> T) -> T {
        let _guard = self.providers.scoped(&Context::new()).attach();
        inside()
    }

    fn records(&self) -> Vec<LogDataWithResource> {
        self.logs.get_emitted_logs().unwrap()
    }

    fn logged(&self) -> Vec<Line> {
        let records = self.records();
        let lines = records.iter().map(|LogDataWithResource { record, .. }| {
            let get = |key: &str| {
                let value = record.attributes_iter().find(|(k, _)| k.as_str() == key);
                value.map_or_else(String::new, |(_, value)| match value {
                    AnyValue::String(text) => text.to_string(),
                    other => format!("{other:?}"),
                })
            };
            let severity = record.severity_number().unwrap();
            assert_eq!(record.severity_text(), Some(severity.name()));
            assert!(record.timestamp().is_some());
            format!(
                "{} {severity:?} {}: {}",
                record.event_name().unwrap(),
                get("exception.type"),
                get("exception.message")
            )
        });
        lines.collect()
    }

    fn events(&self) -> Vec<Line> {
        let spans: Vec<SpanData> = self.spans.get_finished_spans().unwrap();
        let events = spans.iter().flat_map(|span| span.events.iter());
        let lines = events.map(|event| {
            let get = |key: &str| {
                let mut found = event.attributes.iter().filter(|a| a.key.as_str() == key);
                found
                    .next()
                    .map_or_else(String::new, |a| a.value.to_string())
            };
            let (kind, message) = (get("exception.type"), get("exception.message"));
            format!("{} {kind}: {message}", event.name)
        });
        lines.collect()
    }

    fn span(&self, name: &str) -> SpanData {
        let spans = self.spans.get_finished_spans().unwrap();
        spans.into_iter().find(|span| span.name == name).unwrap()
    }
}

static OUTER: Function = function("outer");
static MIDDLE: Function = function("middle");
static INNER: Function = function("inner");

const fn function(name: &'static str) -> Function {
    Function::new("test::function", name, "file.rs", 1, SpanKind::Internal)
}

fn failed(error_type: &'static str, message: &'static str) -> Failure<'static> {
    // A literal in a static place.
    let message: &'static &'static str = Box::leak(Box::new(message));
    Failure::new(error_type).description(message)
}

type Outcome = Result<(), Failure<'static>>;

/// A call that ends as what it runs says.
fn call(function: &'static Function, inside: impl FnOnce() -> Outcome) {
    let operation = function.start(&|_| {});
    let outcome = operation.run(inside);
    end(operation, outcome);
}

fn end(operation: Operation<Code>, outcome: Outcome) {
    match outcome {
        Ok(()) => operation.complete(),
        Err(failure) => operation.fail(failure),
    }
}

fn fails() -> Outcome {
    Err(failed("Refused", "connection refused"))
}

struct Request;

impl HttpServerRequest for Request {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn header(&self, _: &str) -> Option<&str> {
        None
    }
}

fn server() -> Operation<HttpServer> {
    let instrumenter = Instrumenter::new(HttpServer::new("server", "1", "server"));
    instrumenter.start(&Context::current(), &(&Request as &dyn HttpServerRequest))
}

fn query() -> Operation<DbClient> {
    let instrumenter = Instrumenter::new(DbClient::new("driver", "1", "driver"));
    instrumenter.start(&Context::current(), &DbRequest::new("sqlite"))
}

const PLAIN: &str = "exception Error Refused: connection refused";
const EVENT: &str = "exception Refused: connection refused";

#[test]
fn an_error_is_a_log_record_if_there_are_logs_and_an_event_of_the_span_otherwise() {
    use ExceptionSignal::{Auto, Logs, LogsAndEvents};
    for (logs, signal, logged, events) in [
        (true, Auto, 1, 0),
        (false, Auto, 0, 1),
        (true, Logs, 1, 0),
        (false, Logs, 0, 0),
        (true, LogsAndEvents, 1, 1),
        (false, LogsAndEvents, 0, 1),
    ] {
        let sdk = Sdk::new(logs, signal, Sampler::AlwaysOn);
        sdk.run(|| call(&OUTER, fails));
        assert_eq!(sdk.logged(), vec![PLAIN; logged], "{logs} {signal:?}");
        assert_eq!(sdk.events(), vec![EVENT; events], "{logs} {signal:?}");
    }
}

#[test]
fn a_record_is_bound_to_its_operation_and_has_its_scope() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        call(&OUTER, || {
            call(&INNER, fails);
            Ok(())
        });
    });
    let (records, inner) = (sdk.records(), sdk.span("inner"));
    let context = records[0].record.trace_context().unwrap();
    assert_eq!(context.trace_id, inner.span_context.trace_id());
    assert_eq!(context.span_id, inner.span_context.span_id());
    assert_eq!(context.trace_flags, Some(inner.span_context.trace_flags()));
    let scope: &InstrumentationScope = &records[0].instrumentation;
    assert_eq!(scope, &inner.instrumentation_scope);
    assert!(scope.schema_url().is_some());
}

#[test]
fn each_convention_has_its_name_and_severity() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        server().fail(failed("A", "a"));
        query().fail(failed("B", "b").of_type::<std::fmt::Error>());
        query().fail(failed("C", "c").of_type::<Box<dyn std::error::Error>>());
    });
    assert_eq!(
        sdk.logged(),
        [
            "http.server.request.exception Error A: a",
            "db.client.operation.exception Warn core::fmt::Error: b",
            "db.client.operation.exception Warn C: c",
        ]
    );
    assert_eq!(
        sdk.records()[1].record.severity_number(),
        Some(Severity::Warn)
    );
}

#[test]
fn an_error_that_ends_all_operations_around_it_is_recorded_by_the_innermost() {
    for logs in [true, false] {
        let sdk = Sdk::new(logs, ExceptionSignal::Auto, Sampler::AlwaysOn);
        sdk.run(|| {
            let request = server();
            request.run(|| {
                call(&OUTER, || {
                    call(&MIDDLE, || {
                        let query = query();
                        query.run(|| ());
                        query.fail(failed("Refused", "connection refused"));
                        Err(failed("QueryError", "no answer"))
                    });
                    Err(failed("AppError", "could not load"))
                });
            });
            request.fail(Failure::new("service_error"));
        });
        let expected = if logs {
            vec!["db.client.operation.exception Warn Refused: connection refused"]
        } else {
            vec![EVENT]
        };
        assert_eq!([sdk.logged(), sdk.events()].concat(), expected);
        // What ended with it says so as ever.
        assert!(
            sdk.span("middle")
                .attributes
                .iter()
                .any(|a| a.value.as_str() == "QueryError")
        );
    }
}

#[test]
fn an_error_after_one_that_was_handled_is_another() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        call(&OUTER, || {
            call(&INNER, fails);
            call(&INNER, || Ok(())); // the second attempt
            Err(failed("Invalid", "not a number"))
        });
    });
    assert_eq!(
        sdk.logged(),
        [PLAIN, "exception Error Invalid: not a number"]
    );
}

#[test]
fn an_error_is_the_same_by_its_message_after_something_else_went_well() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        call(&OUTER, || {
            call(&MIDDLE, || {
                call(&INNER, fails);
                call(&INNER, || Ok(())); // a roll-back
                Err(failed("AppError", "could not load: connection refused"))
            });
            Err(failed("Other", "nothing to be seen"))
        });
    });
    assert_eq!(sdk.logged(), [PLAIN]);
}

#[test]
fn an_operation_that_goes_on_later_knows_the_error_by_its_message() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        for (message, count) in [("connection refused", 1), ("else", 2)] {
            let outer = OUTER.start(&|_| {});
            outer.run(|| call(&INNER, fails));
            outer.run(|| ());
            outer.fail(failed("AppError", message));
            assert_eq!(sdk.logged().len(), count, "{message}");
            sdk.logs.reset();
        }
    });
}

#[test]
fn each_of_several_attempts_and_of_several_calls_is_recorded() {
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let sdk = Sdk::new(true, ExceptionSignal::Auto, sampler);
        sdk.run(|| {
            call(&OUTER, || {
                call(&INNER, fails);
                call(&INNER, fails);
                fails()
            });
            call(&OUTER, fails);
        });
        assert_eq!(sdk.logged(), [PLAIN; 3]);
    }
}

#[test]
fn what_runs_at_the_same_time_is_told_apart() {
    let sdk = Sdk::logging();
    sdk.run(|| {
        let (one, other) = (OUTER.start(&|_| {}), MIDDLE.start(&|_| {}));
        other.run(|| ());
        one.run(|| call(&INNER, fails));
        one.fail(failed("Refused", "connection refused"));
        other.fail(failed("Refused", "connection refused"));
    });
    assert_eq!(sdk.logged(), [PLAIN; 2]);
}

#[test]
fn a_record_does_not_depend_on_sampling_and_an_event_does() {
    let sdk = Sdk::new(true, ExceptionSignal::LogsAndEvents, Sampler::AlwaysOff);
    sdk.run(|| call(&OUTER, fails));
    assert_eq!(sdk.logged(), [PLAIN]);
    let context = sdk.records()[0].record.trace_context().cloned().unwrap();
    assert!(!context.trace_flags.unwrap().is_sampled());
    assert_ne!(context.span_id, SpanId::INVALID);
    let sdk = Sdk::new(false, ExceptionSignal::Auto, Sampler::AlwaysOff);
    sdk.run(|| call(&OUTER, fails));
    assert!(sdk.events().is_empty() && sdk.logged().is_empty());
}

#[test]
fn an_instrumentation_without_spans_has_no_exceptions() {
    let mut settings = Settings::default();
    let off = &mut settings.instrumentations.without_traces;
    off.insert("instrumented".to_owned());
    let sdk = Sdk::with(true, Sampler::AlwaysOn, settings);
    sdk.run(|| call(&OUTER, fails));
    assert!(sdk.logged().is_empty());
}

#[test]
fn a_response_that_is_an_error_and_a_cancelled_call_are_no_exceptions() {
    let sdk = Sdk::new(true, ExceptionSignal::LogsAndEvents, Sampler::AlwaysOn);
    sdk.run(|| {
        let mut request = server();
        request.state().unwrap().status(500);
        request.complete();
        drop(server());
        drop(query());
        drop(OUTER.start(&|_| {}));
    });
    assert_eq!((sdk.logged(), sdk.events()), (vec![], vec![]));
    assert_eq!(sdk.span("GET").events.len(), 0);
}

fn panics(hook: impl Fn()) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let request = server();
        let _attached = request.attach();
        call(&INNER, || {
            // As a hook does, before anything unwinds.
            hook();
            panic!("on purpose")
        });
    }));
}

#[test]
fn a_panic_that_no_hook_has_recorded_is_recorded_by_the_innermost_operation() {
    let sdk = Sdk::logging();
    sdk.run(|| panics(|| ()));
    sdk.run(|| panics(|| ()));
    assert_eq!(sdk.logged(), ["exception Error panic: "; 2]);
    let record = &sdk.records()[0].record;
    let context = record.trace_context().unwrap();
    assert_eq!(context.span_id, sdk.span("inner").span_context.span_id());
}

#[test]
fn a_panic_that_a_hook_records_is_not_recorded_again() {
    for logs in [true, false] {
        let sdk = Sdk::new(logs, ExceptionSignal::Auto, Sampler::AlwaysOn);
        let hook = || {
            Panic {
                message: Some("on purpose"),
                place: Some(("src/main.rs", 7)),
                backtrace: Some(&Backtrace::force_capture()),
                is_fatal: false,
            }
            .record();
        };
        sdk.run(|| panics(hook));
        sdk.run(|| panics(hook));
        let recorded = [sdk.logged(), sdk.events()].concat();
        assert_eq!(recorded.len(), 2, "{recorded:?}");
        assert!(recorded[0].ends_with("panic: on purpose"), "{recorded:?}");
        if !logs {
            assert_eq!(sdk.span("inner").events.len(), 1);
            continue;
        }
        let record = &sdk.records()[0].record;
        let attributes: Vec<_> = record
            .attributes_iter()
            .map(|(key, value)| format!("{key}={value:?}"))
            .collect();
        assert_eq!(attributes.len(), 5, "{attributes:?}");
        assert!(
            attributes[4].starts_with("code.line.number=Int(7)"),
            "{attributes:?}"
        );
        let context = record.trace_context().unwrap();
        assert_eq!(context.span_id, sdk.span("inner").span_context.span_id());
    }
}

#[test]
fn a_panic_is_recorded_outside_of_operations_and_not_where_telemetry_is_suppressed() {
    let sdk = Sdk::logging();
    let fatal = Panic {
        is_fatal: true,
        ..Panic::default()
    };
    sdk.run(|| {
        fatal.record();
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        fatal.record();
    });
    assert_eq!(sdk.logged(), ["exception Fatal panic: "]);
    let context = Context::new();
    assert!(!context.has_active_span());
}

#[test]
fn a_panic_while_a_threads_locals_are_dropped_does_no_harm() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            Panic::default().record();
        }
    }
    thread_local!(static LATE: std::cell::RefCell<Option<Panics>> = const { std::cell::RefCell::new(None) });
    let providers = Sdk::logging().providers;
    std::thread::spawn(move || {
        // The first of the locals is dropped last.
        LATE.with(|late| *late.borrow_mut() = Some(Panics));
        let _guard = providers.scoped(&Context::new()).attach();
        call(&OUTER, fails);
    })
    .join()
    .unwrap();
}
