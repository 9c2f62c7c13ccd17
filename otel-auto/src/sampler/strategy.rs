//! What a service is told to sample.

use std::{collections::HashMap, time::Instant};

use opentelemetry::{TraceId, trace::SpanKind};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

use super::{
    messages::{Answer, Probabilistic},
    rate::RateLimit,
};

/// A service has no more, or its span names are not what they should be; the others have the default.
const MAX_OPERATIONS: usize = 2000;

#[derive(Debug)]
pub(super) enum Strategy {
    Share(f64),
    Rate(RateLimit),
    PerOperation {
        default: f64,
        operations: HashMap<String, Operation>,
    },
}

#[derive(Debug)]
pub(super) struct Operation {
    share: f64,
    at_least: RateLimit,
}

impl Strategy {
    /// `None` for an answer that cannot be used: no strategy, or numbers out of their range.
    pub(super) fn new(answer: &Answer, now: Instant) -> Option<Self> {
        if let Some(per_operation) = &answer.per_operation {
            let lower_bound = per_operation.lower_bound;
            if !lower_bound.is_finite() || lower_bound < 0.0 {
                return None;
            }
            let operation = |operation: &super::messages::Operation| {
                let share = share(operation.probabilistic?.rate)?;
                let at_least = RateLimit::new(lower_bound, now);
                Some((operation.name.clone(), Operation { share, at_least }))
            };
            return Some(Self::PerOperation {
                default: share(per_operation.default_rate)?,
                operations: per_operation
                    .operations
                    .iter()
                    .take(MAX_OPERATIONS)
                    .map(operation)
                    .collect::<Option<_>>()?,
            });
        }
        if let Some(Probabilistic { rate }) = answer.probabilistic {
            return share(rate).map(Self::Share);
        }
        let rate = answer.rate_limiting?.traces_per_second;
        (rate >= 0).then(|| Self::Rate(RateLimit::new(rate.into(), now)))
    }

    pub(super) fn decide(&self, trace: TraceId, name: &str, now: Instant) -> SamplingDecision {
        match self {
            Self::Share(share) => by_share(*share, trace),
            Self::Rate(limit) => by_rate(limit, now),
            Self::PerOperation {
                default,
                operations,
            } => match operations.get(name) {
                None => by_share(*default, trace),
                Some(operation) => {
                    // Those that the share takes count for the lower bound, too.
                    let at_least = by_rate(&operation.at_least, now);
                    match by_share(operation.share, trace) {
                        SamplingDecision::Drop => at_least,
                        kept => kept,
                    }
                }
            },
        }
    }
}

/// No comparison holds for NaN.
fn share(rate: f64) -> Option<f64> {
    (0.0..=1.0).contains(&rate).then_some(rate)
}

/// As `traceidratio` does, so that services with the same share keep the same traces.
fn by_share(share: f64, trace: TraceId) -> SamplingDecision {
    Sampler::TraceIdRatioBased(share)
        .should_sample(None, trace, "", &SpanKind::Internal, &[], &[])
        .decision
}

fn by_rate(limit: &RateLimit, now: Instant) -> SamplingDecision {
    if limit.allows(now) {
        SamplingDecision::RecordAndSample
    } else {
        SamplingDecision::Drop
    }
}
