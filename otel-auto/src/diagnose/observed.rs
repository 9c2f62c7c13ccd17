//! The sampler, which tells a diagnosis whether a span gets as far as this SDK, and what becomes of it there. The
//! diagnosis's own spans are dropped, so that it leaves no trace.

use std::cell::Cell;

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanKind},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

/// The name of a diagnosis's spans.
pub(super) const SPAN: &str = "otel-auto diagnosis";

thread_local! {
    static SEEN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// This sampler, observed.
#[derive(Debug, Clone)]
pub(crate) struct Observed(pub(crate) Box<dyn ShouldSample>);

impl ShouldSample for Observed {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self
            .0
            .should_sample(parent, trace_id, name, kind, attributes, links);
        if name == SPAN {
            SEEN.set(Some(result.decision == SamplingDecision::RecordAndSample));
            result.decision = SamplingDecision::Drop;
        }
        result
    }
}

/// Whether a span with that name, started by `start`, reaches our sampler, and if so, whether it would be sampled.
pub(super) fn observe(start: impl FnOnce()) -> Option<bool> {
    SEEN.set(None);
    start();
    SEEN.take()
}
