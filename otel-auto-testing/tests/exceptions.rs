//! The conformance kit judges the log records of exceptions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use opentelemetry::{
    Context,
    logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::{SpanContext, TraceContextExt as _},
};
use opentelemetry_sdk::logs::SdkLogRecord;
use otel_auto_core::{
    Instrumenter,
    db::{DbClient, DbRequest, ServerError},
};
use otel_auto_testing::{
    Capture,
    conformance::{
        Check, Violation,
        db::{self, Case, Suite},
    },
};

const NAME: &str = "db.client.operation.exception";

/// What an instrumentation records by itself, and what is broken in it.
#[derive(Clone, Copy)]
struct Exception {
    name: &'static str,
    severity: Severity,
    attributes: &'static [(&'static str, &'static str)],
}

const RIGHT: Exception = Exception {
    name: NAME,
    severity: Severity::Warn,
    attributes: &[("exception.type", "Refused")],
};

fn log(capture: &Capture, exception: Exception, span: &SpanContext) {
    let logger = capture.logger_provider().logger("test");
    let mut record: SdkLogRecord = logger.create_log_record();
    record.set_event_name(exception.name);
    record.set_severity_number(exception.severity);
    record.set_trace_context(span.trace_id(), span.span_id(), None);
    for (key, value) in exception.attributes {
        record.add_attribute(*key, *value);
    }
    logger.emit(record);
}

fn rules(violations: &[Violation]) -> Vec<String> {
    violations
        .iter()
        .map(|violation| format!("{} {}", violation.strength, violation.rule))
        .collect()
}

fn found(exception: Exception) -> Vec<String> {
    let capture = Capture::new();
    log(&capture, exception, &SpanContext::NONE);
    rules(&Check::new().exception("db.client", &capture.logs()[0]))
}

#[test]
fn each_thing_that_is_wrong_with_an_exception_is_found() {
    assert_eq!(found(RIGHT), Vec::<String>::new());
    for (exception, expected) in [
        (
            Exception {
                name: "exception",
                ..RIGHT
            },
            "SHOULD the event's name is db.client.operation.exception",
        ),
        (
            Exception {
                severity: Severity::Error,
                ..RIGHT
            },
            "SHOULD the severity is that of the event's description",
        ),
        (
            Exception {
                attributes: &[("exception.stacktrace", "at main")],
                ..RIGHT
            },
            "MUST exception.type or exception.message is required",
        ),
        (
            Exception {
                attributes: &[("exception.type", "Refused"), ("exception.escaped", "true")],
                ..RIGHT
            },
            "SHOULD no deprecated attribute",
        ),
        (
            Exception {
                attributes: &[("exception.type", "Refused"), ("exception.code", "7")],
                ..RIGHT
            },
            "kit no attribute that the registry does not have here",
        ),
    ] {
        assert_eq!(found(exception), [expected]);
    }
}

/// What is found of a call that fails as the server says, or does not fail, and of what is recorded beside it.
async fn judged(
    mut suite: Suite,
    case: Case,
    beside: impl Fn(&Capture, &SpanContext),
) -> Vec<String> {
    suite
        .run(case, &["SELECT t"], async |capture| {
            let request = DbRequest::new("postgresql").query("SELECT a FROM t");
            let client = Instrumenter::new(DbClient::new("test", "1", "test"));
            let operation = client.start(&Context::current(), &request);
            beside(capture, operation.context().span().span_context());
            if case == Case::Success {
                operation.complete();
                return Ok(());
            }
            let error = ServerError::new("postgresql").sqlstate("42601");
            let failure = error.failure().unwrap();
            operation.fail(failure.description(&db::SECRET));
            Err("failed")
        })
        .await;
    rules(&suite.report().cases()[0].violations)
}

fn suite() -> Suite {
    Suite::new("postgresql")
}

#[tokio::test]
async fn an_exception_that_is_recorded_twice_elsewhere_or_without_a_failure_is_found() {
    let none = |_: &Capture, _: &SpanContext| ();
    let same = |capture: &Capture, span: &SpanContext| log(capture, RIGHT, span);
    let unbound = |capture: &Capture, _: &SpanContext| log(capture, RIGHT, &SpanContext::NONE);
    let nothing = Vec::<String>::new();
    assert_eq!(judged(suite(), Case::Syntax, none).await, nothing);
    assert_eq!(
        judged(suite(), Case::Syntax, same).await,
        ["SHOULD an exception is recorded once"]
    );
    assert_eq!(
        judged(suite(), Case::Syntax, unbound).await,
        ["SHOULD it belongs to the operation's span"]
    );
    assert_eq!(
        judged(suite(), Case::Success, same).await,
        ["SHOULD it ends an operation that failed"]
    );
}

#[tokio::test]
async fn a_secret_in_the_message_of_an_exception_is_found() {
    let shown = suite().settings(|settings| settings.db.sanitize = false);
    assert_eq!(
        judged(shown, Case::Syntax, |_, _| ()).await,
        [
            "SHOULD literals, bound values and passwords are not recorded",
            "SHOULD an exception tells no secrets"
        ]
    );
}
