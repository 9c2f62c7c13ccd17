//! What the calls of one pool have in common.

use std::{sync::Arc, time::Duration};

use otel_auto_core::{
    Failure, Instrumenter, Providers, Ready,
    db::{self, DbClient, Pool as Metrics},
    opentelemetry::Context,
};

use crate::{known, target::Target};

pub(crate) struct Calls {
    pub(crate) target: Arc<Target>,
    pub(crate) metrics: Metrics,
    instrumenter: Instrumenter<DbClient>,
}

impl Calls {
    pub(crate) fn new(target: Target, name: Option<&str>, providers: Option<&Providers>) -> Self {
        let target = Arc::new(target);
        known::add(&target);
        let metrics = metrics(&target, name, providers);
        Self {
            instrumenter: metrics.instrumenter(&crate::INSTRUMENTER),
            metrics,
            target,
        }
    }

    /// A connection could not be had.
    pub(crate) fn not_connected(&self, waited: Duration, failure: Failure<'_>) {
        db::not_connected(&self.instrumenter, waited, self.target.request(), failure);
    }

    /// Is there anything to do for a call? Without telemetry this costs a load and a branch.
    pub(crate) fn ready(&self) -> Option<Ready<DbClient>> {
        Context::map_current(|context| self.instrumenter.ready(context))
    }
}

pub(crate) fn metrics(
    target: &Target,
    name: Option<&str>,
    providers: Option<&Providers>,
) -> Metrics {
    let name = name.map_or_else(|| target.pool_name(), str::to_owned);
    match providers {
        Some(providers) => Metrics::with_providers(&crate::CLIENT, name, providers.clone()),
        None => Metrics::new(&crate::CLIENT, name),
    }
}

/// A query whose text can be read before it runs.
pub(crate) trait Text {
    fn sql(&self) -> &str;

    /// May its text get a comment?
    fn takes_comments(&self) -> bool;

    /// Sends this text instead.
    fn replace(&mut self, sql: String);
}
