//! Whether a context leaves this process, by the propagators that are installed.

use std::collections::HashMap;

use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};

use super::{Subject, check::Check};

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("propagators");
    let providers = subject
        .running
        .as_ref()
        .and_then(|of| of.providers.as_ref());
    if let Some(providers) = providers {
        let propagation = providers.propagation();
        describe(&mut check, "instrumentations", propagation);
        let mut headers = HashMap::new();
        propagation.inject(&test_context(), &mut headers);
        if headers.is_empty() {
            check.problem(
                "a test context leaves no header behind: what is called starts traces of its own; \
                 set OTEL_PROPAGATORS=tracecontext,baggage",
            );
        } else {
            let mut names: Vec<_> = headers.into_keys().collect();
            names.sort();
            check.good(format!("a test context is sent as {}", names.join(", ")));
        }
    }
    opentelemetry::global::get_text_map_propagator(|propagator| {
        describe(&mut check, "opentelemetry::global", propagator);
    });
    check
}

fn describe(check: &mut Check, whose: &str, propagator: &dyn TextMapPropagator) {
    let fields: Vec<&str> = propagator.fields().collect();
    if fields.is_empty() {
        check.note(format!("{whose}: none"));
    } else {
        check.note(format!("{whose}: {}", fields.join(", ")));
    }
}

/// A sampled remote parent, for tests that must not record anything.
pub(super) fn test_context() -> Context {
    parent(TraceFlags::SAMPLED)
}

pub(super) fn parent(flags: TraceFlags) -> Context {
    let span = SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128),
        SpanId::from(0xb7ad_6b71_6920_3331_u64),
        flags,
        true,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(span)
}
