//! Several propagators as one.

use std::collections::HashMap;

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
    trace::TraceContextExt,
};
use otel_auto_core::propagation::{
    Propagation,
    Propagator::{self, B3, B3Multi, Baggage, Jaeger, OtTrace, TraceContext, Xray},
};

use crate::carrier::{Fields, local, members, parent};

const W3C: (&str, &str) = (
    "traceparent",
    "00-11111111111111111111111111111111-1111111111111111-01",
);
const SINGLE: (&str, &str) = ("b3", "22222222222222222222222222222222-2222222222222222-0");
const FROM_W3C: &str = "11111111111111111111111111111111 1111111111111111 01";
const FROM_B3: &str = "22222222222222222222222222222222 2222222222222222 00";

fn read(propagators: &[Propagator], fields: &[(&str, &str)]) -> String {
    let propagation = Propagation::new(propagators.iter().copied());
    parent(&propagation.extract(&Context::new(), &Fields::of(fields)))
}

#[test]
fn the_last_one_that_finds_a_parent_wins() {
    for (case, propagators, fields, expected) in [
        (
            "in order",
            &[TraceContext, B3][..],
            &[W3C, SINGLE][..],
            FROM_B3,
        ),
        (
            "the other order",
            &[B3, TraceContext],
            &[W3C, SINGLE],
            FROM_W3C,
        ),
        (
            "a later one finds nothing",
            &[TraceContext, B3],
            &[W3C],
            FROM_W3C,
        ),
        (
            "a later one finds what is malformed",
            &[TraceContext, B3],
            &[W3C, ("b3", "x")],
            FROM_W3C,
        ),
        (
            "an earlier one finds nothing",
            &[TraceContext, B3],
            &[SINGLE],
            FROM_B3,
        ),
        (
            "a repeated one keeps its first place",
            &[TraceContext, B3, TraceContext],
            &[W3C, SINGLE],
            FROM_B3,
        ),
        ("none", &[], &[W3C, SINGLE], "none"),
    ] {
        assert_eq!(read(propagators, fields), expected, "{case}");
    }
}

#[test]
fn each_sees_the_context_of_the_one_before() {
    let propagation = Propagation::new([Jaeger, OtTrace, Baggage]);
    let fields = Fields::of(&[
        ("uberctx-a", "1"),
        ("ot-baggage-b", "2"),
        ("baggage", "c=3"),
    ]);
    let context = propagation.extract(&Context::new(), &fields);
    assert_eq!(members(&context), "a=1 | b=2 | c=3");
}

#[test]
fn where_nothing_is_found_the_context_is_the_one_that_was_there() {
    let propagation = Propagation::new([TraceContext, Baggage, B3, Jaeger, OtTrace, Xray]);
    let context = local(&Context::new(), 1);
    let extracted = propagation.extract(&context, &Fields::default());
    assert_eq!(
        extracted.span().span_context(),
        context.span().span_context()
    );
}

#[test]
fn all_are_written_and_each_once() {
    let propagation = Propagation::new([TraceContext, B3, TraceContext, B3]);
    let mut fields = Fields::default();
    propagation.inject(&local(&Context::new(), 1), &mut fields);
    let names: Vec<&str> = fields.0.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["traceparent", "b3"]);
}

#[test]
fn the_fields_are_those_that_are_written() {
    let all = [TraceContext, Baggage, B3, B3Multi, Jaeger, OtTrace, Xray];
    let fields: Vec<String> = Propagation::new(all).fields().map(str::to_owned).collect();
    assert_eq!(
        fields.join(" "),
        "traceparent tracestate baggage b3 x-b3-traceid x-b3-spanid x-b3-sampled x-b3-flags \
         uber-trace-id ot-tracer-traceid ot-tracer-spanid ot-tracer-sampled x-amzn-trace-id"
    );
    assert_eq!(Propagation::none().fields().count(), 0);
    assert!(Propagation::none().is_none());
    assert!(!Propagation::new(all).is_none());
}

/// Takes a trace id from a field of its own, and hands on what it got.
#[derive(Debug)]
struct Custom(Vec<String>);

impl TextMapPropagator for Custom {
    fn inject_context(&self, context: &Context, carrier: &mut dyn Injector) {
        carrier.set(
            "custom",
            context.span().span_context().trace_id().to_string(),
        );
    }

    fn extract_with_context(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        assert_eq!(parent(context), FROM_W3C);
        assert_eq!(carrier.get("custom"), None);
        context.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

#[test]
fn others_come_after_those_before_them() {
    let propagation = Propagation::trace_context().and(Custom(vec!["custom".to_owned()]));
    let context = propagation.extract(&Context::new(), &Fields::of(&[W3C]));
    assert_eq!(parent(&context), FROM_W3C);
    let mut fields = Fields::default();
    propagation.inject(&context, &mut fields);
    assert_eq!(
        fields.text(),
        format!(
            "custom: 11111111111111111111111111111111\n{}: {}",
            W3C.0, W3C.1
        )
    );
    assert_eq!(propagation.fields().last(), Some("custom"));
}

#[test]
fn it_is_the_apis_global_propagator() {
    opentelemetry::global::set_text_map_propagator(Propagation::new([TraceContext, Baggage]));
    let headers = HashMap::from([
        (W3C.0.to_owned(), W3C.1.to_owned()),
        ("baggage".to_owned(), "a=1".to_owned()),
    ]);
    let mut out = HashMap::new();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        assert_eq!(propagator.fields().count(), 3);
        let context = propagator.extract(&headers);
        propagator.inject_context(&context, &mut out);
    });
    assert_eq!(out, headers);
}

/// Nothing is in it, and nobody may ask for more than single fields.
struct Empty;

impl Extractor for Empty {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        panic!("{key} is not there")
    }
}

#[test]
fn of_a_field_that_is_not_there_nothing_more_is_asked() {
    let propagation = Propagation::new([TraceContext, Baggage, B3, Jaeger, OtTrace, Xray]);
    assert_eq!(
        parent(&propagation.extract(&Context::new(), &Empty)),
        "none"
    );
}
