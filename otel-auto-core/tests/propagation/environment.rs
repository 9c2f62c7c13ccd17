//! Environment variables as carriers.

use std::cell::RefCell;

use opentelemetry::{
    Context, KeyValue,
    baggage::BaggageExt,
    propagation::{Extractor, Injector},
};
use otel_auto_core::propagation::{
    EnvironmentExtractor, EnvironmentInjector, Propagation,
    Propagator::{B3Multi, Baggage, TraceContext, Xray},
};

use crate::carrier::{local, members, parent};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn environment(propagation: &Propagation, variables: &[(&str, &str)]) -> EnvironmentExtractor {
    EnvironmentExtractor::new(propagation, |name| {
        let (_, value) = variables.iter().find(|(other, _)| *other == name)?;
        Some((*value).to_owned())
    })
}

#[test]
fn the_parent_and_its_baggage_are_read() {
    let propagation = Propagation::new([TraceContext, Baggage]);
    let environment = environment(
        &propagation,
        &[
            ("TRACEPARENT", TRACEPARENT),
            ("TRACESTATE", "foo=1"),
            ("BAGGAGE", "a=1"),
            ("PATH", "/bin"),
        ],
    );
    let context = propagation.extract(&Context::new(), &environment);
    assert_eq!(
        parent(&context),
        "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 01"
    );
    assert_eq!(members(&context), "a=1");
    assert_eq!(environment.keys(), ["TRACEPARENT", "TRACESTATE", "BAGGAGE"]);
}

#[test]
fn only_the_normal_names_of_the_propagators_fields_are_looked_up() {
    let asked = RefCell::new(Vec::new());
    let propagation = Propagation::new([TraceContext, B3Multi, Xray]);
    let _ = EnvironmentExtractor::new(&propagation, |name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });
    assert_eq!(
        asked.into_inner().join(" "),
        "TRACEPARENT TRACESTATE X_B3_TRACEID X_B3_SPANID X_B3_SAMPLED X_B3_FLAGS X_AMZN_TRACE_ID"
    );
}

#[test]
fn a_name_that_is_not_normal_is_no_carrier() {
    let propagation = Propagation::trace_context();
    let environment = environment(&propagation, &[("traceparent", TRACEPARENT)]);
    assert_eq!(
        parent(&propagation.extract(&Context::new(), &environment)),
        "none"
    );
}

#[test]
fn names_are_made_normal() {
    for (field, expected) in [
        ("traceparent", "TRACEPARENT"),
        ("x-b3-TraceId", "X_B3_TRACEID"),
        ("a.b c", "A_B_C"),
        ("ä", "_"),
        ("3b", "_3B"),
        ("", "_"),
    ] {
        let mut injector = EnvironmentInjector::default();
        injector.set(field, "1".to_owned());
        injector.set(field, "2".to_owned());
        let variables: Vec<_> = injector.into_iter().collect();
        assert_eq!(
            variables,
            [(expected.to_owned(), "2".to_owned())],
            "{field:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_child_process_reads_what_was_written_for_it() {
    let propagation = Propagation::new([TraceContext, Baggage]);
    let context = local(&Context::new(), 1).with_baggage([KeyValue::new("a", "b c")]);
    let mut injector = EnvironmentInjector::default();
    propagation.inject(&context, &mut injector);
    let child = std::process::Command::new("env")
        .env_clear()
        .envs(injector)
        .output();
    let child = String::from_utf8(child.unwrap().stdout).unwrap();
    let mut lines: Vec<&str> = child.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "BAGGAGE=a=b%20c".to_owned(),
            format!("TRACEPARENT={TRACEPARENT}")
        ]
    );
}
