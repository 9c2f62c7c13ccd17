//! The suite of databases accepts what conforms, and finds each fault that is planted.
#![allow(clippy::unwrap_used, missing_docs)]

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind, Status, Tracer as _, TracerProvider as _},
};
use otel_auto_core::{
    Failure, Instrumenter,
    db::{DbClient, DbRequest, ServerError},
};
use otel_auto_testing::{
    Capture,
    conformance::{
        Report,
        db::{Case, Suite},
    },
};

const QUERY: &str = "SELECT a FROM t WHERE b = 'hush'";

fn suite() -> Suite {
    Suite::new("postgresql")
        .namespace("shop")
        .server("127.0.0.1", 5433)
        .opted_in(&["db.response.returned_rows"])
}

fn request() -> DbRequest<'static> {
    DbRequest::new("postgresql")
        .namespace("shop")
        .server("127.0.0.1", 5433)
        .query(QUERY)
}

/// A driver that records as it should, but for what the change does to its request.
fn call(
    case: Case,
    change: impl Fn(DbRequest<'static>) -> DbRequest<'static>,
) -> Result<(), &'static str> {
    let client = Instrumenter::new(DbClient::new("test", "1", "test"));
    let request = match case {
        Case::Batch(size) => request().batch_size(size),
        _ => request(),
    };
    let mut operation = client.start(&Context::current(), &change(request));
    let sqlstate = |code| {
        let error = ServerError::new("postgresql").sqlstate(code);
        error.failure().unwrap().description(&"hush")
    };
    let failure = match case {
        Case::Rows(rows) => {
            operation.state().unwrap().returned_rows(rows);
            None
        }
        Case::Cancelled | Case::StreamDropped => {
            drop(operation);
            return Ok(());
        }
        Case::Constraint => Some(sqlstate("23505")),
        Case::Syntax => Some(sqlstate("42601")),
        Case::MissingTable => Some(sqlstate("42P01")),
        Case::Timeout => Some(Failure::new("timeout")),
        Case::Refused => Some(Failure::new("connection_refused")),
        Case::Killed => Some(sqlstate("57P01")),
        _ => None,
    };
    match failure {
        Some(failure) => {
            operation.fail(failure);
            Err("failed")
        }
        None => {
            operation.complete();
            Ok(())
        }
    }
}

fn name(case: Case) -> &'static str {
    match case {
        Case::Batch(_) => "BATCH SELECT t",
        _ => "SELECT t",
    }
}

fn rules(report: &Report) -> Vec<String> {
    let of_cases = report.cases().iter().flat_map(|case| &case.violations);
    let of_cases = of_cases.map(|violation| {
        let rule = &violation.rule;
        format!("{} {}: {rule}", violation.strength, violation.subject)
    });
    let mut rules: Vec<String> = of_cases
        .filter(|rule| !rule.contains("the case ran"))
        .collect();
    rules.dedup();
    rules
}

#[tokio::test]
async fn a_driver_that_conforms_is_accepted_in_every_case() {
    let mut suite = suite();
    for &case in Case::ALL {
        suite
            .run(case, &[name(case)], async |_| call(case, |request| request))
            .await;
    }
    suite.report().assert_conforms();
}

#[tokio::test]
async fn a_case_that_nobody_ran_is_told() {
    let mut suite = suite();
    suite.leave_out(Case::Killed.name(), "server to kill");
    let report = suite.report();
    let missing = report
        .cases()
        .iter()
        .filter(|case| !case.violations.is_empty());
    assert_eq!(missing.count(), Case::ALL.len() - 1);
}

#[tokio::test]
async fn what_a_request_tells_wrongly_is_found() {
    type Change = fn(DbRequest<'static>) -> DbRequest<'static>;
    let span = "db.client span";
    let metric = "db.client.operation.duration";
    let both = |rule: &str| {
        vec![
            format!("MUST {span}: {rule}"),
            format!("MUST {metric}: {rule}"),
        ]
    };
    let cases: [(Change, Vec<String>); 5] = [
        (
            |request| request.namespace("other"),
            both("db.namespace tells what was sent"),
        ),
        (
            |request| request.server("127.0.0.1", 5432),
            both("server.port is conditionally required"),
        ),
        (
            |request| request.collection("t"),
            both("db.collection.name is left out where it has nothing to tell")
                .into_iter()
                .map(|rule| rule.replace("MUST", "SHOULD"))
                .collect(),
        ),
        (
            |request| request.query("DELETE FROM u"),
            vec![format!(
                "SHOULD {span}: the name is the summary, or operation and target"
            )],
        ),
        (
            |request| request.batch_size(2),
            vec![
                format!("SHOULD {span}: the name is the summary, or operation and target"),
                format!(
                    "SHOULD {span}: db.operation.batch.size is left out where it has nothing to tell"
                ),
            ],
        ),
    ];
    for (change, expected) in cases {
        let mut suite = suite();
        suite
            .run(Case::Success, &["SELECT t"], async |_| {
                call(Case::Success, change)
            })
            .await;
        assert_eq!(rules(&suite.report()), expected);
    }
}

/// A span as a careless library makes it, and no metric.
fn span(capture: &Capture, attributes: &[(&'static str, &'static str)], status: Status) {
    let scope = opentelemetry::InstrumentationScope::builder("test")
        .with_version("1")
        .with_schema_url("https://example.com/schema")
        .build();
    let tracer = capture.tracer_provider().tracer_with_scope(scope);
    let mut all = vec![
        KeyValue::new("db.system.name", "postgresql"),
        KeyValue::new("db.namespace", "shop"),
        KeyValue::new("server.address", "127.0.0.1"),
        KeyValue::new("server.port", 5433),
    ];
    all.extend(
        attributes
            .iter()
            .map(|(key, value)| KeyValue::new(*key, *value)),
    );
    let builder = SpanBuilder::from_name("SELECT t")
        .with_kind(SpanKind::Client)
        .with_attributes(all);
    let mut span = tracer.build_with_context(builder, &Context::current());
    opentelemetry::trace::Span::set_status(&mut span, status);
}

#[tokio::test]
async fn what_a_span_lacks_or_says_too_much_is_found() {
    let text = ("db.query.text", "SELECT a FROM t");
    let failed = || Status::error("");
    for (case, attributes, status, expected) in [
        (
            Case::Success,
            vec![],
            Status::Unset,
            vec!["db.query.text is recommended"],
        ),
        (
            Case::Success,
            vec![("db.query.text", QUERY)],
            Status::Unset,
            vec!["literals, bound values and passwords are not recorded"],
        ),
        (
            Case::Constraint,
            vec![
                text,
                ("db.response.status_code", "23505"),
                ("error.type", "23505"),
            ],
            Status::error("the key is 'hush'"),
            vec!["literals, bound values and passwords are not recorded"],
        ),
        (
            Case::Success,
            vec![text, ("error.type", "timeout")],
            failed(),
            vec![
                "the status is unset without an error",
                "no error.type on success",
            ],
        ),
        (
            Case::Constraint,
            vec![text],
            Status::Unset,
            vec![
                "the status of a call that failed is an error",
                "db.response.status_code is the server's code",
                "what failed has an error.type",
            ],
        ),
        (
            Case::Syntax,
            vec![
                text,
                ("db.response.status_code", "42601"),
                ("error.type", "SyntaxError"),
            ],
            failed(),
            vec!["error.type is the status code, if there is one"],
        ),
        (
            Case::Timeout,
            vec![text, ("error.type", "timed out after 3 s")],
            failed(),
            vec!["error.type has low cardinality"],
        ),
        (
            Case::Refused,
            vec![
                text,
                ("db.response.status_code", "08001"),
                ("error.type", "08001"),
            ],
            failed(),
            vec!["no status code where no server answered"],
        ),
        (
            Case::Batch(2),
            vec![text, ("db.query.summary", "SELECT")],
            Status::Unset,
            vec![
                "db.operation.batch.size is recommended",
                "the name is the summary, if there is one",
                "the summary of a batch begins with BATCH",
            ],
        ),
    ] {
        let mut suite = suite();
        let told = if matches!(case, Case::Success | Case::Batch(_)) {
            Ok(())
        } else {
            Err("failed")
        };
        suite
            .run(case, &["SELECT t"], async |capture| {
                span(capture, &attributes, status);
                told
            })
            .await;
        let rules = rules(&suite.report());
        let of_span: Vec<_> = rules
            .iter()
            .filter_map(|rule| rule.split_once("db.client span: "))
            .map(|(_, rule)| rule)
            .collect();
        assert_eq!(of_span, expected, "{case:?}");
        let measured = "MUST db.client.operation.duration: each call is measured once";
        assert!(rules.iter().any(|rule| rule == measured), "{rules:?}");
    }
}

#[tokio::test]
async fn spans_that_are_missing_twice_there_or_elsewhere_are_found() {
    let one = "MUST db.client span: each call has one";
    let mut none = suite();
    none.run(Case::Success, &["SELECT t"], async |_| Ok::<_, ()>(()))
        .await;
    assert_eq!(rules(&none.report()), [one]);

    let mut twice = suite();
    twice
        .run(Case::Cancelled, &["SELECT t"], async |_| {
            call(Case::Cancelled, |request| request)?;
            call(Case::Cancelled, |request| request)
        })
        .await;
    assert_eq!(rules(&twice.report()), [one]);

    let mut elsewhere = suite();
    elsewhere
        .run(Case::Success, &["SELECT t"], async |capture| {
            let client = Instrumenter::new(DbClient::new("test", "1", "test"))
                .providers(capture.providers());
            client.start(&Context::new(), &request()).complete();
            Ok::<_, ()>(())
        })
        .await;
    assert_eq!(
        rules(&elsewhere.report()),
        ["MUST db.client span: its parent is the span around the call"]
    );
}

#[tokio::test]
async fn a_caller_who_is_told_something_else_and_wrong_rows_are_found() {
    let mut swallowed = suite();
    swallowed
        .run(Case::Syntax, &["SELECT t"], async |_| {
            call(Case::Syntax, |request| request).unwrap_err();
            Ok::<_, ()>(())
        })
        .await;
    let told = "kit db.client span: the caller is told what came of the call";
    assert_eq!(rules(&swallowed.report()), [told]);

    let mut rows = suite();
    rows.run(Case::Rows(3), &["SELECT t"], async |_| {
        call(Case::Rows(2), |request| request)
    })
    .await;
    let number = "SHOULD db.client span: db.response.returned_rows is the number of rows";
    assert_eq!(rules(&rows.report()), [number]);
}

#[tokio::test]
async fn what_one_system_alone_requires_is_found() {
    let mut suite = Suite::new("mongodb");
    suite
        .run(Case::Success, &["insert"], async |_| {
            let client = Instrumenter::new(DbClient::new("test", "1", "test"));
            let request = DbRequest::new("mongodb").operation("insert");
            client.start(&Context::current(), &request).complete();
            Ok::<_, ()>(())
        })
        .await;
    assert_eq!(
        rules(&suite.report()),
        ["MUST db.client span: db.collection.name is required of mongodb"]
    );
}
