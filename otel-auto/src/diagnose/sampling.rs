//! What the sampler that runs decides about test spans, and whether spans of `opentelemetry::global` get there.

use opentelemetry::{
    Context,
    trace::{SpanBuilder, TraceFlags, Tracer, TracerProvider},
};

use super::{
    Subject,
    check::Check,
    observed::{SPAN, observe},
    propagation::parent,
};

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("sampler");
    let traces = subject.running.as_ref().and_then(|of| of.traces.as_ref());
    let Some(provider) = traces else {
        check.note("no spans are made");
        return check;
    };
    let tracer = provider.tracer("otel-auto");
    let decide = |parent: &Context| {
        let sampled = observe(|| {
            let _ = tracer.build_with_context(SpanBuilder::from_name(SPAN), parent);
        });
        match sampled {
            Some(true) => "recorded",
            Some(false) => "not recorded",
            None => "not asked about",
        }
    };
    let root = decide(&Context::new());
    let below_sampled = decide(&parent(TraceFlags::SAMPLED));
    let below_unsampled = decide(&parent(TraceFlags::NOT_SAMPLED));
    let sampler = &subject.config.traces.sampler;
    let text = format!(
        "{sampler}: a new trace is {root}, a span below a sampled parent {below_sampled}, \
         below an unsampled one {below_unsampled}"
    );
    if below_sampled == "not recorded" && root == "not recorded" {
        check.problem(format!("{text}: set OTEL_TRACES_SAMPLER"));
    } else {
        check.good(text);
    }
    // Its parent is not sampled: whoever else receives it will hardly record it.
    let reached = observe(|| {
        let tracer = opentelemetry::global::tracer("otel-auto");
        let parent = parent(TraceFlags::NOT_SAMPLED);
        let _ = tracer.build_with_context(SpanBuilder::from_name(SPAN), &parent);
    });
    if reached.is_some() {
        check.good("spans of opentelemetry::global come here");
    } else {
        check.problem(
            "spans of opentelemetry::global do not come here: something else has set its tracer provider \
             after init(); leave that out, or call init() later",
        );
    }
    check
}
