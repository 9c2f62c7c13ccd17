//! The database convention: names, attributes, errors and metrics.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::Sampler;
use otel_auto_core::{
    Failure, Instrumenter, Operation, Sampling, Settings,
    db::{DbClient, DbRequest, MAX_PARAMETERS, ServerError, commented, not_connected},
    propagation::{Propagation, Propagator},
    sql,
};
use otel_auto_testing::{Capture, MetricValue, SpanView, conformance::Check};

fn start(capture: &Capture, request: &DbRequest<'_>) -> Operation<DbClient> {
    Instrumenter::new(DbClient::new("test", "1", "test"))
        .providers(capture.providers())
        .start(&capture.context(), request)
}

fn with(change: fn(&mut Settings)) -> Capture {
    Capture::builder().settings(change).build()
}

fn span(capture: &Capture, request: &DbRequest<'_>) -> SpanView {
    start(capture, request).complete();
    capture.spans().pop().unwrap()
}

#[test]
fn the_name_is_the_summary_else_operation_and_target_else_target_else_system() {
    let request = || DbRequest::new("mongodb");
    let procedure = || request().stored_procedure("tidy");
    for (request, expected) in [
        (
            DbRequest::new("sqlite").query("SELECT a FROM t"),
            "SELECT t",
        ),
        (
            request()
                .operation("find")
                .collection("orders")
                .namespace("shop"),
            "find orders",
        ),
        (procedure().operation("CALL").namespace("shop"), "CALL tidy"),
        (procedure().collection("orders"), "orders"),
        (request().operation("ping").namespace("shop"), "ping shop"),
        (
            request().operation("ping").server("db.example", 5),
            "ping db.example:5",
        ),
        (request().operation("ping").socket("/run/db.sock"), "ping"),
        (request().namespace("shop"), "shop"),
        (request().collection("").namespace(""), "mongodb"),
        (
            DbRequest::new("redis").operation("GET").namespace("3"),
            "GET",
        ),
    ] {
        let span = span(&Capture::new(), &request);
        assert_eq!(span.name, expected, "{request:?}");
        assert_eq!(span.kind, SpanKind::Client);
        assert_eq!(Check::new().span("db.client", &span), []);
    }
}

#[test]
fn a_procedure_is_named_if_the_query_does_nothing_but_call_it() {
    for (query, expected) in [
        ("CALL tidy(1, 'x')", "tidy"),
        ("call App.tidy();", "App.tidy"),
        ("CALL tidy(); SELECT a FROM t", ""),
        ("CALL", ""),
        ("SELECT tidy()", ""),
        ("EXECUTE statement", ""),
    ] {
        let capture = Capture::new();
        let span = span(&capture, &DbRequest::new("postgresql").query(query));
        assert_eq!(span.text("db.stored_procedure.name"), expected, "{query}");
        assert_eq!(Check::new().span("db.client", &span), []);
        assert_eq!(Check::new().metrics(&capture.metrics()), []);
    }
}

#[test]
fn the_usual_port_of_a_system_goes_without_saying() {
    for (system, usual) in [("postgresql", 5432), ("mariadb", 3306), ("redis", 6379)] {
        for (port, recorded) in [(usual, String::new()), (9000, "9000".to_owned())] {
            let request = DbRequest::new(system).server("db.example", port);
            let span = span(&Capture::new(), &request);
            assert_eq!(span.text("server.address"), "db.example");
            assert_eq!(span.text("server.port"), recorded, "{system}");
        }
    }
    let socket = DbRequest::new("postgresql").socket("/run/postgresql/.s.PGSQL.5432");
    let span = span(&Capture::new(), &socket);
    assert_eq!(span.text("server.address"), "/run/postgresql/.s.PGSQL.5432");
    assert_eq!(span.text("server.port"), "");
}

#[test]
fn a_batch_is_called_one_and_one_operation_is_none() {
    let query = "INSERT INTO t VALUES ($1)";
    for (size, name, recorded) in [
        (0, "BATCH INSERT t", "0"),
        (1, "INSERT t", ""),
        (2, "BATCH INSERT t", "2"),
    ] {
        let request = DbRequest::new("postgresql").query(query).batch_size(size);
        let span = span(&Capture::new(), &request);
        assert_eq!(span.name, name);
        assert_eq!(span.text("db.query.summary"), name);
        assert_eq!(span.text("db.operation.batch.size"), recorded);
        assert_eq!(span.text("db.query.text"), query);
    }
    let many: String = (0..100).map(|n| format!("DROP TABLE t_{n};")).collect();
    let request = DbRequest::new("postgresql").query(&many).batch_size(100);
    let name = span(&Capture::new(), &request).name;
    assert!(name.len() <= sql::MAX_SUMMARY && name.starts_with("BATCH DROP TABLE t_0 DROP"));
    let unknown = DbRequest::new("sqlite").query("?").batch_size(2);
    assert_eq!(span(&Capture::new(), &unknown).name, "BATCH");
}

#[test]
fn values_are_recorded_only_if_they_are_wanted_and_never_of_a_batch() {
    let request = DbRequest::new("mysql").query("SELECT a FROM t WHERE b = ? AND c = :c");
    let request = request.parameters(&|parameters| {
        parameters.add("ann");
        parameters.named("c", 7);
    });
    let wanted = || with(|settings| settings.db.capture_parameters = true);
    let values = |span: &SpanView| {
        (
            span.text("db.query.parameter.0"),
            span.text("db.query.parameter.c"),
        )
    };
    let none = (String::new(), String::new());
    assert_eq!(values(&span(&Capture::new(), &request)), none);
    let batch = request.clone().batch_size(2);
    assert_eq!(values(&span(&wanted(), &batch)), none);
    let span = span(&wanted(), &request);
    assert_eq!(values(&span), ("ann".to_owned(), "7".to_owned()));
    let check = Check::new().opted_in(&["db.query.parameter"]);
    assert_eq!(check.span("db.client", &span), []);
}

#[test]
fn of_many_and_long_values_the_first_and_their_beginnings_are_kept() {
    let request = DbRequest::new("mysql").parameters(&|parameters| {
        for _ in 0..1_000 {
            parameters.add("é".repeat(100_000));
        }
    });
    let capture = Capture::builder()
        .settings(|settings| settings.db.capture_parameters = true)
        .build();
    let span = span(&capture, &request);
    let values: Vec<_> = span
        .attributes()
        .into_iter()
        .filter(|(key, _)| key.starts_with("db.query.parameter."))
        .collect();
    assert!(values.iter().all(|(_, value)| value.len() <= sql::MAX_TEXT));
    assert_eq!(values.len(), MAX_PARAMETERS);
}

#[test]
fn literals_are_hidden_unless_the_user_wants_them() {
    let query = "SELECT a FROM t WHERE b = 'ann' /* why */ AND c = $1";
    let request = DbRequest::new("postgresql").query(query);
    let hidden = span(&Capture::new(), &request);
    assert!(!hidden.text("db.query.text").contains("ann"));
    let shown = with(|settings| settings.db.sanitize = false);
    let shown = span(&shown, &request);
    assert_eq!(shown.text("db.query.text"), query);
    assert_eq!(shown.name, "SELECT t");
}

#[test]
fn a_statement_that_is_prepared_is_named_by_that() {
    let request = DbRequest::new("postgresql").prepare("CALL f('ann', $1)");
    let hidden = span(&Capture::new(), &request);
    assert_eq!(hidden.name, "PREPARE");
    assert_eq!(hidden.text("db.operation.name"), "PREPARE");
    assert_eq!(hidden.text("db.query.text"), "CALL f(?, $1)");
    for key in ["db.query.summary", "db.stored_procedure.name"] {
        assert_eq!(hidden.text(key), "", "{key}");
    }
    let shown = with(|settings| settings.db.sanitize = false);
    let shown = span(&shown, &request);
    assert_eq!(shown.text("db.query.text"), "CALL f('ann', $1)");
}

#[test]
fn what_a_server_says_of_an_error_is_hidden_with_the_literals() {
    let message = "Duplicate entry 'ann@example.com' for key 'mail'";
    let fail = |capture: &Capture, failure: Failure<'_>| {
        let request = DbRequest::new("mysql").query("INSERT INTO t VALUES (?)");
        start(capture, &request).fail(failure.description(&message));
        capture.spans().pop().unwrap()
    };
    let said = |capture: &Capture| {
        let exception = capture.logs().pop().unwrap();
        assert_eq!(Check::new().exception("db.client", &exception), []);
        let message = exception.get("exception.message").map(ToString::to_string);
        message.unwrap_or_default()
    };
    let duplicate = || ServerError::new("mysql").code(1062).failure().unwrap();
    let hidden = Capture::new();
    let span = fail(&hidden, duplicate());
    assert_eq!(span.status, Status::error(""));
    assert_eq!(said(&hidden), "");
    assert_eq!(span.text("db.response.status_code"), "1062");
    assert_eq!(span.text("error.type"), "1062");
    assert_eq!(Check::new().span("db.client", &span), []);
    let shown = with(|settings| settings.db.sanitize = false);
    assert_eq!(fail(&shown, duplicate()).status, Status::error(message));
    assert_eq!(said(&shown), message);
    let ours = fail(&Capture::new(), Failure::new("timeout"));
    assert_eq!(ours.status, Status::error(message));
}

#[test]
fn returned_rows_are_on_the_span_and_measured_unless_they_are_off() {
    let request = DbRequest::new("sqlite").query("SELECT a FROM t");
    let run = |capture: &Capture| {
        let mut operation = start(capture, &request);
        operation.state().unwrap().returned_rows(7);
        operation.complete();
        start(capture, &request).complete();
    };
    let capture = Capture::new();
    run(&capture);
    assert_eq!(capture.spans()[0].text("db.response.returned_rows"), "7");
    assert_eq!(capture.spans()[1].text("db.response.returned_rows"), "");
    let points = capture.metrics();
    assert_eq!(Check::new().metrics(&points), []);
    let rows: Vec<_> = points
        .iter()
        .filter(|point| point.name == "db.client.response.returned_rows")
        .collect();
    let MetricValue::Histogram { count, sum, bounds } = &rows[0].value else {
        panic!("a histogram")
    };
    assert_eq!((rows.len(), *count, *sum), (1, 1, 7.0));
    assert_eq!(bounds.len(), 13);
    assert_eq!(rows[0].get("db.query.summary"), "SELECT t");

    let off = with(|settings| settings.db.returned_rows = false);
    run(&off);
    assert_eq!(off.spans()[0].text("db.response.returned_rows"), "");
    assert!(off.metric("db.client.response.returned_rows").is_empty());
}

#[test]
fn transaction_control_of_the_driver_is_recorded_only_if_it_is_wanted() {
    let request = DbRequest::new("sqlite")
        .query("COMMIT")
        .transaction_control();
    let capture = Capture::new();
    start(&capture, &request).complete();
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
    let wanted = with(|settings| settings.db.transaction_spans = true);
    assert_eq!(span(&wanted, &request).name, "COMMIT");
}

#[test]
fn sql_carries_the_context_only_if_that_is_wanted_and_the_trace_is_sampled() {
    let query = "SELECT a FROM t";
    let request = DbRequest::new("postgresql").query(query);
    let operation = start(&Capture::new(), &request);
    assert_eq!(commented(&operation, "postgresql", query), query);

    let propagators = [Propagator::TraceContext, Propagator::Baggage];
    let capture = |sampler| {
        Capture::builder()
            .settings(|settings| settings.db.sqlcommenter = true)
            .propagation(Propagation::new(propagators))
            .sampler(sampler, Sampling::Ask)
            .build()
    };
    let sampled = capture(Sampler::AlwaysOn);
    let operation = start(&sampled, &request);
    let text = commented(&operation, "postgresql", query).into_owned();
    operation.complete();
    let span = sampled.span("SELECT t");
    let (trace, id) = (span.trace_id, span.span_id);
    let expected = format!("{query} /*traceparent='00-{trace}-{id}-01'*/");
    assert_eq!(text, expected);
    assert_eq!(span.text("db.query.text"), query);

    let operation = start(&capture(Sampler::AlwaysOff), &request);
    assert_eq!(commented(&operation, "postgresql", query), query);
}

#[test]
fn any_number_of_texts_is_a_bounded_number_of_series() {
    let capture = Capture::builder()
        .sampler(Sampler::AlwaysOff, Sampling::Ask)
        .build();
    let instrumenter =
        Instrumenter::new(DbClient::new("test", "1", "test")).providers(capture.providers());
    let run = |query: &str| {
        let request = DbRequest::new("sqlite").query(query);
        let operation = instrumenter.start(&capture.context(), &request);
        operation.complete();
    };
    let series = || {
        let points = capture.metrics();
        let durations = points
            .into_iter()
            .filter(|point| point.name == "db.client.operation.duration");
        durations.count()
    };
    for number in 0..100_000 {
        let list = "?, ".repeat(number % 100);
        run(&format!("SELECT a{number} FROM t WHERE b IN ({list}?)"));
    }
    assert_eq!(series(), 1);
    for number in 0..100_000 {
        run(&format!("SELECT a FROM t{number}"));
    }
    // The SDK's limit, and one for what is beyond it.
    assert_eq!(series(), 2_001);
}

fn refused(capture: &Capture) {
    let instrumenter = Instrumenter::new(DbClient::new("test", "1", "test"));
    let instrumenter = instrumenter.providers(capture.providers());
    let request = DbRequest::new("memcached").server("cache.example", 5);
    let failure = Failure::new("connection_refused");
    not_connected(&instrumenter, Duration::from_secs(3), request, failure);
}

#[test]
fn a_connection_that_could_not_be_had_is_a_span_of_as_long_as_it_was_waited_for() {
    let capture = Capture::new();
    let caller = capture.tracer("test").start("caller");
    let context = capture.context().with_span(caller);
    {
        let _caller = context.clone().attach();
        refused(&capture);
    }
    context.span().end();
    assert_eq!(
        capture.tree_with(&["db.operation.name", "error.type"]),
        "caller internal\n\
         \x20 CONNECT cache.example:5 client error db.operation.name=CONNECT error.type=connection_refused\n"
    );
    let span = capture.span("CONNECT cache.example:5");
    assert!(span.duration >= Duration::from_secs(3), "{span:?}");
    assert_eq!(Check::new().span("db.client", &span), []);
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points[0].get("error.type"), "connection_refused");
}

#[test]
fn outside_of_a_span_nothing_is_told_of_a_connection_that_could_not_be_had() {
    let capture = Capture::new();
    capture.in_scope(|| refused(&capture));
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}
