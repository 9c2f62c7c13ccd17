#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;

use opentelemetry::{
    Context, SpanId, TraceId,
    trace::{
        SpanBuilder, SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
    },
};
use opentelemetry_sdk::trace::{InMemorySpanExporterBuilder, Sampler, SdkTracerProvider};

use super::{
    check::Check,
    names,
    observed::{Observed, SPAN, observe},
    versions,
};

fn named(names: &[&str]) -> String {
    names::of(names.iter().map(|name| (*name).to_owned())).to_string()
}

#[test]
fn misspelt_names_are_told_with_the_likely_right_one() {
    for (name, meant) in [
        ("OTEL_SERVICENAME", "OTEL_SERVICE_NAME"),
        ("OTEL_TRACE_EXPORTER", "OTEL_TRACES_EXPORTER"),
        ("OTEL_EXPORTER_OTLP_ENDPOITN", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (
            "OTEL_EXPORTER_OTLP_TRACE_HEADERS",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        ),
        ("OTLP_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("otel_service_name", "OTEL_SERVICE_NAME"),
        ("OTEL_RUST_DIAGNOSIS", "OTEL_RUST_DIAGNOSE"),
    ] {
        let check = names::of(std::iter::once(name.to_owned()));
        assert_eq!(check.problems(), 1, "{name}: {check}");
        assert!(
            check
                .to_string()
                .contains(&format!("✘ {name} is read by nobody; is {meant} meant?")),
            "{check}"
        );
    }
}

#[test]
fn names_that_are_read_or_foreign_or_unknown_are_no_problem() {
    assert_eq!(
        named(&["OTEL_SERVICE_NAME", "PATH", "OTEL_TRACES_SAMPLER"]),
        "  names of variables\n    ✔ all OTEL_* variables that are set are read"
    );
    let said = named(&["OTEL_EXPORTER_ZIPKIN_TIMEOUT", "OTEL_COMPLETELY_DIFFERENT"]);
    assert!(
        said.contains(
            "· OTEL_EXPORTER_ZIPKIN_TIMEOUT is set, which is not read here: There is no Zipkin exporter"
        ),
        "{said}"
    );
    assert!(
        said.contains("· OTEL_COMPLETELY_DIFFERENT is set, which is no name known here"),
        "{said}"
    );
}

#[test]
fn a_crate_that_is_locked_twice_is_told() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n")
    };
    let describe = |lock: &str| {
        let mut check = Check::new("");
        versions::describe(&mut check, Path::new("Cargo.lock"), lock);
        check
    };
    let once = package("opentelemetry", "0.33.1")
        + &package("serde", "1.0.0")
        + &package("serde", "0.9.0");
    assert_eq!(describe(&once).problems(), 0);
    let twice = once + &package("opentelemetry", "0.32.0");
    let check = describe(&twice);
    assert_eq!(check.problems(), 1);
    assert!(
        check
            .to_string()
            .contains("opentelemetry 0.33.1 and 0.32.0"),
        "{check}"
    );
}

#[test]
fn test_spans_are_decided_on_and_never_exported() {
    let exporter = InMemorySpanExporterBuilder::new().build();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Observed(Box::new(Sampler::ParentBased(Box::new(
            Sampler::AlwaysOn,
        )))))
        .with_simple_exporter(exporter.clone())
        .build();
    let tracer = provider.tracer("tests");
    let start = |name: &'static str, parent: &Context| {
        observe(|| drop(tracer.build_with_context(SpanBuilder::from_name(name), parent)))
    };
    let unsampled = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(1_u128),
        SpanId::from(1_u64),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    ));
    assert_eq!(start(SPAN, &Context::new()), Some(true));
    assert_eq!(start(SPAN, &unsampled), Some(false));
    assert_eq!(start("work", &Context::new()), None);
    let exported = exporter.get_finished_spans().unwrap();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].name, "work");
}

#[test]
fn text_from_outside_stays_on_its_line() {
    let mut check = Check::new("title");
    check.note("a\nb\u{1b}[31m");
    assert_eq!(check.to_string(), "  title\n    · a b [31m");
}
