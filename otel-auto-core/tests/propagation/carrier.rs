//! A carrier that may have several fields of a name, as HTTP has, and what a propagator makes of it.

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    baggage::BaggageExt,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceContextExt, TraceState},
};
use otel_auto_core::propagation::{Propagation, Propagator};

pub(crate) const TRACE_ID: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
pub(crate) const SPAN_ID: u64 = 0x00f0_67aa_0ba9_02b7;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(fields.iter().map(own).collect())
    }

    /// One `name: value` a line, sorted.
    pub(crate) fn text(&self) -> String {
        let mut lines: Vec<String> = self.0.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        lines.sort();
        lines.join("\n")
    }
}

impl Extractor for Fields {
    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let of_name = self
            .0
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key));
        let all: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        (!all.is_empty()).then_some(all)
    }
}

impl Injector for Fields {
    fn set(&mut self, key: &str, value: String) {
        self.0.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.0.push((key.to_owned(), value));
    }
}

pub(crate) fn extract(propagator: Propagator, fields: &[(&str, &str)]) -> Context {
    Propagation::new([propagator]).extract(&Context::new(), &Fields::of(fields))
}

pub(crate) fn inject(propagator: Propagator, context: &Context) -> Fields {
    let mut fields = Fields::default();
    Propagation::new([propagator]).inject(context, &mut fields);
    fields
}

/// `trace span flags`, or `none`; a span that is not remote does not pass.
pub(crate) fn parent(context: &Context) -> String {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return "none".to_owned();
    }
    assert!(span.is_remote());
    let flags = span.trace_flags().to_u8();
    format!("{} {} {flags:02x}", span.trace_id(), span.span_id())
}

/// `key=value;properties` of each member, sorted, separated by ` | `.
pub(crate) fn members(context: &Context) -> String {
    let text = |(key, (value, properties)): (&_, &(_, opentelemetry::baggage::BaggageMetadata))| {
        let separator = if properties.as_str().is_empty() {
            ""
        } else {
            ";"
        };
        format!("{}={}{separator}{properties}", as_str(key), as_str(value))
    };
    let mut members: Vec<String> = context.baggage().iter().map(text).collect();
    members.sort();
    members.join(" | ")
}

fn as_str(text: &impl ToString) -> String {
    text.to_string()
}

/// A span of this process.
pub(crate) fn local(parent: &Context, flags: u8) -> Context {
    let span = parent.span();
    let span = span.span_context();
    let trace_id = if span.is_valid() {
        span.trace_id()
    } else {
        TraceId::from_bytes(TRACE_ID.to_be_bytes())
    };
    let span_id = SpanId::from_bytes(SPAN_ID.to_be_bytes());
    let state = span.trace_state().clone();
    parent.with_remote_span_context(SpanContext::new(
        trace_id,
        span_id,
        TraceFlags::new(flags),
        false,
        state,
    ))
}

pub(crate) fn with_state(state: TraceState) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_bytes(TRACE_ID.to_be_bytes()),
        SpanId::from_bytes(SPAN_ID.to_be_bytes()),
        TraceFlags::SAMPLED,
        true,
        state,
    ))
}
