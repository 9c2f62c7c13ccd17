//! Anything at all may be in a carrier: nothing panics, all stays within its bounds, what is malformed changes nothing,
//! and what is written is read again.

use std::collections::HashMap;

use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    baggage::BaggageExt,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use otel_auto_core::propagation::{
    Propagation,
    Propagator::{self, B3, B3Multi, Baggage, Jaeger, OtTrace, TraceContext, Xray},
};
use otel_auto_testing::assert_linear;
use proptest::{collection::vec, prelude::*, sample::Index, sample::select};

use crate::carrier::{Fields, extract, inject, members, parent};

const ALL: [Propagator; 7] = [TraceContext, Baggage, B3, B3Multi, Jaeger, OtTrace, Xray];

/// The fields, each with a valid value, to be damaged.
const FIELDS: &[(&str, &str)] = &[
    (
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    (
        "tracestate",
        "rojo=00f067aa0ba902b7,fw529a3039@dt=t61rcWkgMzE",
    ),
    ("baggage", "a=1;p;q=2,b=Am%C3%A9lie%20,c="),
    (
        "b3",
        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d-05e3ac9a4f6e3b90",
    ),
    ("X-B3-TraceId", "a3ce929d0e0e4736"),
    ("x-b3-spanid", "00f067aa0ba902b7"),
    ("x-b3-sampled", "1"),
    ("x-b3-flags", "1"),
    (
        "uber-trace-id",
        "4bf92f3577b34da6a3ce929d0e0e4736%3Af067aa0ba902b7:0:1",
    ),
    ("uberctx-a", "b%20c"),
    ("uberctx-ä", ""),
    ("ot-tracer-traceid", "a3ce929d0e0e4736"),
    ("ot-tracer-spanid", "00f067aa0ba902b7"),
    ("ot-tracer-sampled", "true"),
    ("ot-baggage-b", "c d"),
    ("ot-baggage-", "e"),
    (
        "x-amzn-trace-id",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    ),
    ("other", ""),
];

const PIECES: &[&str] = &[
    "-",
    "=",
    ",",
    ";",
    ":",
    "@",
    "%",
    "%2",
    "%C3",
    " ",
    "\t",
    "0",
    "f",
    "F",
    "ä",
    "🦀",
    "\u{0}",
    "\r\n",
    "\"",
    "\\",
    "k=v",
    ",,,,",
    "k=v,",
    "a;",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

#[derive(Debug, Clone)]
enum Damage {
    Cut,
    Remove,
    Insert(String),
    Times(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let other_value = select(FIELDS).prop_map(|(_, value)| value.to_owned());
    prop_oneof![
        4 => Just(Damage::Cut),
        4 => Just(Damage::Remove),
        4 => select(PIECES).prop_map(|piece| Damage::Insert(piece.to_owned())),
        4 => other_value.prop_map(Damage::Insert),
        2 => any::<String>().prop_map(Damage::Insert),
        1 => (2..500_usize).prop_map(Damage::Times),
    ]
}

fn damaged(value: &str, damages: &[(Index, Damage)]) -> String {
    let mut value = value.to_owned();
    for (place, damage) in damages {
        let mut at = place.index(value.len() + 1);
        while !value.is_char_boundary(at) {
            at -= 1;
        }
        match damage {
            Damage::Cut => value.truncate(at),
            Damage::Remove if at < value.len() => drop(value.remove(at)),
            Damage::Remove => drop(value.pop()),
            Damage::Insert(text) => value.insert_str(at, text),
            Damage::Times(count) => value = value.repeat(*count.min(&(40_000 / (value.len() + 1)))),
        }
    }
    value
}

/// A field as it should be, or with some damages.
fn field() -> impl Strategy<Value = (String, String)> {
    let damages = vec((any::<Index>(), damage()), 0..4);
    (select(FIELDS), damages)
        .prop_map(|((name, value), damages)| (name.to_owned(), damaged(value, &damages)))
}

fn carrier() -> impl Strategy<Value = Fields> {
    vec(field(), 0..12).prop_map(Fields)
}

/// The value of one field, nearly valid or anything.
fn value_of(name: &'static str) -> impl Strategy<Value = String> {
    let valid = FIELDS.iter().find(|(field, _)| *field == name).unwrap().1;
    let damages = vec((any::<Index>(), damage()), 0..3);
    prop_oneof![
        9 => damages.prop_map(move |damages| damaged(valid, &damages)),
        1 => any::<String>(),
    ]
}

/// Many more cases than is usual: each takes some microseconds.
fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig {
        cases: config.cases.saturating_mul(8),
        ..config
    }
}

fn with_span(trace: u128, span: u64, flags: u8, state: TraceState) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_bytes(trace.to_be_bytes()),
        SpanId::from_bytes(span.to_be_bytes()),
        TraceFlags::new(flags),
        true,
        state,
    ))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn nothing_panics_and_all_stays_within_its_bounds(carrier in carrier()) {
        let propagation = Propagation::new(ALL);
        let context = propagation.extract(&Context::new(), &carrier);
        let baggage = context.baggage();
        prop_assert!(baggage.len() <= 64);
        let kept = baggage.iter().map(|(key, (value, properties))| {
            key.as_str().len() + value.as_str().len() + properties.as_str().len()
        });
        prop_assert!(kept.sum::<usize>() <= 8_192);
        let state = context.span().span_context().trace_state().clone();
        prop_assert!(state.header().len() <= 2_048);

        let mut out = Fields::default();
        propagation.inject(&context, &mut out);
        for (name, value) in &out.0 {
            prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{name}: {value:?}");
            prop_assert!(value.len() <= 8_192, "{name}");
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_written_alike(carrier in carrier()) {
        let context = Propagation::new(ALL).extract(&Context::new(), &carrier);
        for propagator in ALL {
            let first = inject(propagator, &context);
            let again = Propagation::new([propagator]).extract(&Context::new(), &first);
            let second = inject(propagator, &again);
            prop_assert_eq!(first.text(), second.text(), "{:?}", propagator);
        }
    }

    #[test]
    fn a_carrier_without_a_parent_changes_none_and_no_carrier_takes_baggage_away(carrier in carrier()) {
        let base = with_span(7, 7, 1, TraceState::NONE)
            .with_baggage([KeyValue::new("their-own", "kept")]);
        for propagator in ALL {
            let propagation = Propagation::new([propagator]);
            let alone = propagation.extract(&Context::new(), &carrier);
            let on_base = propagation.extract(&base, &carrier);
            let found = alone.span().span_context().is_valid();
            prop_assert_eq!(parent(&on_base), parent(if found { &alone } else { &base }));
            let kept = on_base.baggage().get("their-own").map(ToString::to_string);
            prop_assert_eq!(kept.as_deref(), Some("kept"), "{:?}", propagator);
            if alone.baggage().is_empty() {
                prop_assert_eq!(members(&on_base), members(&base));
            }
        }
    }

    #[test]
    fn a_map_is_a_carrier_like_any_other(carrier in carrier()) {
        let propagation = Propagation::new(ALL);
        // A map has one value for a name: the same carrier without repetition.
        let lower = |(name, value): &(String, String)| (name.to_lowercase(), value.clone());
        let map: HashMap<String, String> = carrier.0.iter().map(lower).collect();
        let single = Fields(map.iter().map(|(n, v)| (n.clone(), v.clone())).collect());
        let from_map = propagation.extract(&Context::new(), &map);
        let from_fields = propagation.extract(&Context::new(), &single);
        prop_assert_eq!(parent(&from_map), parent(&from_fields));
        prop_assert_eq!(members(&from_map), members(&from_fields));
    }

    #[test]
    fn every_span_context_survives_its_journey(
        trace in 1..=u128::MAX,
        span in 1..=u64::MAX,
        sampled in any::<bool>(),
    ) {
        let flags = u8::from(sampled);
        let context = with_span(trace, span, flags, TraceState::NONE);
        for propagator in [TraceContext, B3, B3Multi, Jaeger, Xray] {
            let fields = inject(propagator, &context);
            let back = Propagation::new([propagator]).extract(&Context::new(), &fields);
            prop_assert_eq!(parent(&back), parent(&context), "{:?}", propagator);
        }
        // Of the trace id the lower half is sent.
        let half = with_span(trace & u128::from(u64::MAX), span, flags, TraceState::NONE);
        let back = Propagation::new([OtTrace]).extract(&Context::new(), &inject(OtTrace, &context));
        prop_assert_eq!(parent(&back), parent(&half));
    }

    #[test]
    fn all_baggage_survives_its_journey(
        sent in proptest::collection::hash_map("[a-z][a-z0-9_.-]{0,8}", any::<String>(), 0..8),
    ) {
        let fits = sent.values().map(|value| 3 * value.len() + 16).sum::<usize>() < 8_192;
        prop_assume!(fits);
        let pairs = sent.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let context = Context::new().with_baggage(pairs);
        for propagator in [Baggage, Jaeger] {
            let fields = inject(propagator, &context);
            let back = Propagation::new([propagator]).extract(&Context::new(), &fields);
            prop_assert_eq!(members(&back), members(&context), "{:?}", propagator);
        }
    }

    #[test]
    fn a_traceparent_that_is_believed_is_written_again(header in value_of("traceparent")) {
        let context = extract(TraceContext, &[("traceparent", &header)]);
        if context.span().span_context().is_valid() {
            let header = header.trim_matches([' ', '\t']);
            let written = inject(TraceContext, &context).0.remove(0).1;
            prop_assert_eq!(&written[2..53], &header[2..53]);
        }
    }

    #[test]
    fn a_tracestate_is_kept_whole_or_not_at_all(header in value_of("tracestate")) {
        let parent = FIELDS[0];
        let context = extract(TraceContext, &[parent, ("tracestate", &header)]);
        let span = context.span().span_context().clone();
        prop_assert!(span.is_valid());
        let given: Vec<_> = header
            .split(',')
            .map(|member| member.trim_matches([' ', '\t']))
            .filter(|member| !member.is_empty())
            .collect();
        let state = span.trace_state().header();
        // The shortest length that the recommendation wants propagated.
        if !state.is_empty() && given.join(",").len() <= 512 {
            prop_assert_eq!(state, given.join(","));
        }
    }

    #[test]
    fn a_b3_that_is_believed_is_written_again(header in value_of("b3")) {
        let context = extract(B3, &[("b3", &header)]);
        if context.span().span_context().is_valid() {
            let (trace, rest) = header.trim().split_once('-').unwrap();
            let written = inject(B3, &context).0.remove(0).1;
            prop_assert_eq!(&written[..49], &format!("{trace:0>32}-{}", &rest[..16]));
        }
    }

    #[test]
    fn baggage_keeps_each_member_that_is_well_formed(header in value_of("baggage")) {
        let context = extract(Baggage, &[("baggage", &header)]);
        for (key, _) in context.baggage() {
            prop_assert!(header.contains(key.as_str()));
        }
        let alone = |member: &str| extract(Baggage, &[("baggage", member)]);
        if header.len() <= 8_192 {
            // A malformed member harms no other.
            for member in header.split(',').filter(|member| !alone(member).baggage().is_empty()) {
                let key = member.split('=').next().unwrap().trim_matches([' ', '\t']).to_owned();
                let full = context.baggage().len() == 64;
                prop_assert!(full || context.baggage().get(&key).is_some(), "{key:?}");
            }
        }
    }
}

#[test]
fn no_value_takes_longer_than_it_is_long() {
    let propagation = Propagation::new(ALL);
    let (parent_name, parent_value) = FIELDS[0];
    for (name, value) in FIELDS {
        for piece in ["k=v,", "a=b;%", value] {
            let work = |text: &str| {
                let mut map = HashMap::from([(parent_name.to_owned(), parent_value.to_owned())]);
                map.insert(name.to_lowercase(), text.to_owned());
                propagation.extract(&Context::new(), &map)
            };
            assert_linear(|number| format!("k{number}{piece}"), work);
        }
    }
}

#[test]
fn no_number_of_fields_takes_longer_than_it_is_large() {
    let propagation = Propagation::new(ALL);
    for prefix in ["uberctx-", "ot-baggage-", "other"] {
        assert_linear(
            |number| format!("{prefix}{number:06}\n"),
            |text| {
                let fields = text
                    .lines()
                    .map(|name| (name.to_owned(), "value".to_owned()));
                let map: HashMap<String, String> = fields.collect();
                propagation.extract(&Context::new(), &map)
            },
        );
    }
}
