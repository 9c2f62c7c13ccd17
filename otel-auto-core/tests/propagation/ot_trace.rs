//! OpenTracing's basic tracers.

use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    baggage::BaggageExt,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use otel_auto_core::propagation::Propagator::OtTrace;

use crate::carrier::{extract, inject, local, members, parent};

#[test]
fn headers_are_read() {
    const SHORT: &str = "0000000000000000a3ce929d0e0e4736 00f067aa0ba902b7";
    const LONG: &str = "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7";
    for (case, trace_id, sampled, expected) in [
        (
            "sampled",
            "a3ce929d0e0e4736",
            Some("true"),
            format!("{SHORT} 01"),
        ),
        (
            "a bit",
            "a3ce929d0e0e4736",
            Some("1"),
            format!("{SHORT} 01"),
        ),
        (
            "not sampled",
            "a3ce929d0e0e4736",
            Some("false"),
            format!("{SHORT} 00"),
        ),
        (
            "a bit",
            "a3ce929d0e0e4736",
            Some("0"),
            format!("{SHORT} 00"),
        ),
        (
            "nothing said",
            "a3ce929d0e0e4736",
            None,
            format!("{SHORT} 00"),
        ),
        (
            "128 bits",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            Some("true"),
            format!("{LONG} 01"),
        ),
        (
            "another word",
            "a3ce929d0e0e4736",
            Some("yes"),
            "none".to_owned(),
        ),
        ("zeros", "0000000000000000", Some("true"), "none".to_owned()),
        (
            "another length",
            "a3ce929d0e0e473",
            Some("true"),
            "none".to_owned(),
        ),
        (
            "upper case",
            "A3CE929D0E0E4736",
            Some("true"),
            "none".to_owned(),
        ),
    ] {
        let mut fields = vec![
            ("ot-tracer-traceid", trace_id),
            ("ot-tracer-spanid", "00f067aa0ba902b7"),
        ];
        fields.extend(sampled.map(|sampled| ("ot-tracer-sampled", sampled)));
        assert_eq!(
            parent(&extract(OtTrace, &fields)),
            expected,
            "{case}: {fields:?}"
        );
    }
    assert_eq!(
        parent(&extract(
            OtTrace,
            &[("ot-tracer-traceid", "a3ce929d0e0e4736")]
        )),
        "none"
    );
}

#[test]
fn a_span_is_written_with_the_lower_half_of_its_trace_id() {
    assert_eq!(
        inject(OtTrace, &local(&Context::new(), 1)).text(),
        "ot-tracer-sampled: true\not-tracer-spanid: 00f067aa0ba902b7\not-tracer-traceid: a3ce929d0e0e4736"
    );
    let upper_half = SpanContext::new(
        TraceId::from_bytes((1_u128 << 64).to_be_bytes()),
        SpanId::from_bytes([1; 8]),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let context = Context::new().with_remote_span_context(upper_half);
    assert_eq!(inject(OtTrace, &context).text(), "", "zeros would be no id");
}

#[test]
fn baggage_is_raw_and_what_would_break_a_header_is_not_written() {
    let context = extract(OtTrace, &[("ot-baggage-a", "b%20c"), ("OT-Baggage-D", "e")]);
    assert_eq!(members(&context), "D=e | a=b%20c");
    let context = Context::new().with_baggage([
        KeyValue::new("a", "b%20c, d"),
        KeyValue::new("b", "x\r\ny: z"),
        KeyValue::new("c", "ä"),
    ]);
    assert_eq!(inject(OtTrace, &context).text(), "ot-baggage-a: b%20c, d");
}
