//! diesel's queries, recorded without an edit: each case is a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use diesel::{
    Connection, SqliteConnection,
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
    prelude::*,
    sql_query,
};
use otel_auto_testing::receiver::Receiver;
use support::{CASE, run};

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    if case == "a default of its own" {
        fn quiet(_: InstrumentationEvent<'_>) {}
        set_default_instrumentation(|| Some(Box::new(quiet) as Box<dyn Instrumentation>)).unwrap();
    }
    let _otel = otel_auto::init!();
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    sql_query("CREATE TABLE users (name TEXT)")
        .execute(&mut connection)
        .unwrap();
}

fn spans(case: &str, variables: &[(&str, &str)]) -> (Vec<String>, String) {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    environment.extend(variables);
    let (output, _) = run(case, &environment);
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complained}");
    let names = receiver.spans().into_iter().map(|span| span.name.clone());
    (names.collect(), complained)
}

#[test]
fn init_is_all_it_takes() {
    let (names, _) = spans("a program", &[]);
    assert_eq!(names, ["CREATE TABLE users"]);
}

#[test]
fn a_default_of_the_program_is_kept_and_mentioned() {
    let (names, complained) = spans("a default of its own", &[("OTEL_LOG_LEVEL", "debug")]);
    assert!(names.is_empty(), "{names:?}");
    assert!(
        complained.contains("otel_auto::diesel::Queries"),
        "{complained}"
    );
}

#[test]
fn it_is_switched_off_by_its_variable() {
    let off = ("OTEL_RUST_INSTRUMENTATION_DIESEL_ENABLED", "false");
    let (names, _) = spans("a program", &[off]);
    assert!(names.is_empty(), "{names:?}");
}
