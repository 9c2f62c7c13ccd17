//! `jaeger_remote`: asks for a strategy over gRPC, again and again, and decides by the last one that was right.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, Weak},
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanKind, TraceContextExt},
};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use super::{
    messages::{Answer, METHOD, Parameters},
    strategy::Strategy,
};
use crate::{
    config::jaeger::JaegerRemote,
    diagnostics::say,
    exporters::otlp::{Exports, Unary},
};

/// A strategy is small, and its server near.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Clones share the strategy.
#[derive(Clone)]
pub(crate) struct RemoteSampler(Arc<RwLock<Strategy>>);

impl RemoteSampler {
    /// Asks on the export thread from now on, until the sampler or telemetry ends.
    pub(crate) fn start(
        settings: &JaegerRemote,
        service_name: String,
        exports: &Exports,
    ) -> Result<Self, String> {
        let service = Unary::new(&settings.endpoint, METHOD, TIMEOUT)
            .map_err(|error| format!("the sampler jaeger_remote cannot be used: {error}"))?;
        let sampler = Self(Arc::new(RwLock::new(Strategy::Share(
            settings.initial_rate,
        ))));
        exports.spawn(ask(
            service,
            Parameters { service_name },
            settings.clone(),
            Arc::downgrade(&sampler.0),
        ));
        Ok(sampler)
    }
}

async fn ask(
    service: Unary,
    question: Parameters,
    settings: JaegerRemote,
    strategy: Weak<RwLock<Strategy>>,
) {
    let (mut last, mut told) = (None, false);
    while strategy.strong_count() > 0 {
        let answer: Result<Answer, String> = service.call(&question).await;
        let now = Instant::now();
        let update = answer.and_then(|answer| match &last {
            // The same again must not fill the buckets anew.
            Some(last) if *last == answer => Ok(None),
            _ => Strategy::new(&answer, now)
                .map(|strategy| Some((answer, strategy)))
                .ok_or_else(|| "its answer has no strategy that can be used".to_owned()),
        });
        match update {
            Ok(Some((answer, new))) => {
                last = Some(answer);
                if let Some(strategy) = strategy.upgrade() {
                    *strategy.write().unwrap_or_else(PoisonError::into_inner) = new;
                }
            }
            Err(why) if !told => {
                told = true;
                let instead = match last {
                    Some(_) => "keeping its last strategy".to_owned(),
                    None => format!("sampling {} of all traces", settings.initial_rate),
                };
                say(format_args!(
                    "no sampling strategy from {}: {why}; {instead}, and asking on",
                    settings.endpoint
                ));
            }
            Ok(None) | Err(_) => {}
        }
        tokio::time::sleep(settings.polling_interval).await;
    }
}

impl ShouldSample for RemoteSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let strategy = self.0.read().unwrap_or_else(PoisonError::into_inner);
        SamplingResult {
            decision: strategy.decide(trace, name, Instant::now()),
            attributes: Vec::new(),
            trace_state: parent
                .map(|parent| parent.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        }
    }
}

impl fmt::Debug for RemoteSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSampler").finish_non_exhaustive()
    }
}
