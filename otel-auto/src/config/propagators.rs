//! How context travels between services.

use super::{env::Env, vars::PROPAGATORS};

/// A format of propagated context (`OTEL_PROPAGATORS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagator {
    TraceContext,
    Baggage,
}

const KNOWN: &[(&str, Propagator)] = &[
    ("tracecontext", Propagator::TraceContext),
    ("baggage", Propagator::Baggage),
];
const UNSUPPORTED: &[&str] = &["b3", "b3multi", "jaeger", "xray", "ottrace"];
const DEFAULT: &[Propagator] = &[Propagator::TraceContext, Propagator::Baggage];

pub(super) fn read(env: &mut Env<'_>) -> Vec<Propagator> {
    env.names(&PROPAGATORS, KNOWN, UNSUPPORTED, DEFAULT)
}
