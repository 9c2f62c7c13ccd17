//! Anything at all may be in a carrier: nothing panics, all stays within its bounds, and what is written is read again.

use std::collections::HashMap;

use opentelemetry::{Context, baggage::BaggageExt, trace::TraceContextExt};
use otel_auto_core::propagation::{
    Propagation,
    Propagator::{B3, B3Multi, Baggage, Jaeger, OtTrace, TraceContext, Xray},
};

use crate::carrier::{Fields, members, parent};

/// The 64-bit xorshift generator: the same carriers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

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
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

fn damaged(random: &mut Random, value: &str) -> String {
    let mut value = value.to_owned();
    for _ in 0..random.below(4) {
        let places: Vec<usize> = value.char_indices().map(|(at, _)| at).collect();
        let at = places
            .get(random.below(places.len() + 1))
            .copied()
            .unwrap_or(value.len());
        match random.below(4) {
            0 => value.truncate(at),
            1 => value.insert_str(at, random.pick(PIECES)),
            2 if at < value.len() => drop(value.remove(at)),
            _ => value.push_str(random.pick(FIELDS).1),
        }
    }
    if random.below(50) == 0 {
        value = value.repeat(random.below(500));
    }
    value
}

fn carrier(random: &mut Random) -> Fields {
    let fields = (0..random.below(12)).map(|_| {
        let (name, value) = random.pick(FIELDS);
        (name.to_owned(), damaged(random, value))
    });
    Fields(fields.collect())
}

fn all() -> Propagation {
    Propagation::new([TraceContext, Baggage, B3, B3Multi, Jaeger, OtTrace, Xray])
}

#[test]
fn nothing_panics_and_all_stays_within_its_bounds() {
    let propagation = all();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut parents, mut with_baggage) = (0, 0);
    for _ in 0..30_000 {
        let context = propagation.extract(&Context::new(), &carrier(&mut random));
        parents += usize::from(context.span().span_context().is_valid());
        with_baggage += usize::from(!context.baggage().is_empty());
        assert!(context.baggage().len() <= 64);
        let state = context.span().span_context().trace_state().clone();
        assert!(state.header().len() <= 2_048);

        let mut out = Fields::default();
        propagation.inject(&context, &mut out);
        for (name, value) in &out.0 {
            assert!(
                value.bytes().all(|byte| matches!(byte, b' '..=b'~')),
                "{name}: {value:?}"
            );
            assert!(value.len() <= 3 * 8_192, "{name}");
        }
    }
    assert!(parents > 1_000, "the generator finds its way in: {parents}");
    assert!(with_baggage > 1_000, "{with_baggage}");
}

#[test]
fn what_is_written_is_read_again_and_written_alike() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for propagator in [TraceContext, Baggage, B3, B3Multi, Jaeger, OtTrace, Xray] {
        let propagation = Propagation::new([propagator]);
        for _ in 0..3_000 {
            let context = all().extract(&Context::new(), &carrier(&mut random));
            let mut first = Fields::default();
            propagation.inject(&context, &mut first);
            let again = propagation.extract(&Context::new(), &first);
            let mut second = Fields::default();
            propagation.inject(&again, &mut second);
            assert_eq!(first.text(), second.text(), "{propagator:?}");
        }
    }
}

#[test]
fn a_map_is_a_carrier_like_any_other() {
    let propagation = all();
    let mut random = Random(7);
    for _ in 0..3_000 {
        let fields = carrier(&mut random);
        let lower = |(name, value): &(String, String)| (name.to_lowercase(), value.clone());
        // A map has one value for a name: the same carrier without repetition.
        let map: HashMap<String, String> = fields.0.iter().map(lower).collect();
        let single = Fields(map.iter().map(|(n, v)| (n.clone(), v.clone())).collect());
        let from_map = propagation.extract(&Context::new(), &map);
        let from_fields = propagation.extract(&Context::new(), &single);
        assert_eq!(parent(&from_map), parent(&from_fields));
        assert_eq!(members(&from_map), members(&from_fields));
    }
}
