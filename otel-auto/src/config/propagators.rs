//! How context travels between services.

use otel_auto_core::propagation::Propagator;

use super::{env::Env, vars::PROPAGATORS};

const KNOWN: &[(&str, Propagator)] = &[
    ("tracecontext", Propagator::TraceContext),
    ("baggage", Propagator::Baggage),
    ("b3", Propagator::B3),
    ("b3multi", Propagator::B3Multi),
    ("jaeger", Propagator::Jaeger),
    ("ottrace", Propagator::OtTrace),
    ("xray", Propagator::Xray),
];
const DEFAULT: &[Propagator] = &[Propagator::TraceContext, Propagator::Baggage];

/// In the order given; none at all is `none`.
pub(super) fn read(env: &mut Env<'_>) -> Vec<Propagator> {
    env.names(&PROPAGATORS, KNOWN, &[], DEFAULT)
}
