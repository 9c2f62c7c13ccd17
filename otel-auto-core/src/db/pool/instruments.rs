//! The instruments of pools, once per set of providers and crate.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, BoundHistogram, Counter, Histogram, Meter},
};

use super::{
    PoolState,
    registry::{Scope, states},
};
use crate::{
    Providers,
    semconv::{self, metric},
};

pub(super) struct Instruments(Option<Recorded>);

struct Recorded {
    create: Histogram<f64>,
    wait: Histogram<f64>,
    used: Histogram<f64>,
    timeouts: Counter<u64>,
}

/// The conventions give none for pools; these are the ones of database operations.
const BOUNDARIES: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The instruments of a scope; with them, its pools are observed through these providers.
pub(super) fn of(providers: &Providers, scope: Scope) -> Arc<Instruments> {
    providers.bound(scope.id, |providers| {
        providers.note(scope.library.name);
        let settings = providers.settings();
        let meter = (settings.metrics && settings.instrumentations.metrics(scope.library.name))
            .then(|| providers.meter(scope.library.scope()))
            .flatten();
        Instruments(meter.map(|meter| {
            observe(&meter, providers.id(), scope.id);
            recorded(&meter)
        }))
    })
}

fn recorded(meter: &Meter) -> Recorded {
    let histogram = |name, description| {
        meter
            .f64_histogram(name)
            .with_unit("s")
            .with_description(description)
            .with_boundaries(BOUNDARIES.to_vec())
            .build()
    };
    Recorded {
        create: histogram(
            metric::DB_CLIENT_CONNECTION_CREATE_TIME,
            "The time it took to create a new connection.",
        ),
        wait: histogram(
            metric::DB_CLIENT_CONNECTION_WAIT_TIME,
            "The time it took to obtain an open connection from the pool.",
        ),
        used: histogram(
            metric::DB_CLIENT_CONNECTION_USE_TIME,
            "The time between borrowing a connection and returning it to the pool.",
        ),
        timeouts: meter
            .u64_counter(metric::DB_CLIENT_CONNECTION_TIMEOUTS)
            .with_unit("{timeout}")
            .with_description("The number of connection timeouts that have occurred trying to obtain a connection from the pool.")
            .build(),
    }
}

/// A number of a pool, and the state of the connections that it counts.
type Number = (Option<&'static str>, fn(&PoolState) -> Option<u64>);

fn observe(meter: &Meter, providers: u64, scope: u64) {
    const CONNECTIONS: &str = "{connection}";
    let numbers: [(&'static str, &'static str, &'static str, &'static [Number]); 5] = [
        (
            metric::DB_CLIENT_CONNECTION_COUNT,
            CONNECTIONS,
            "The number of connections that are currently in state described by the state attribute.",
            &[
                (Some("idle"), |state| state.idle),
                (Some("used"), |state| state.used),
            ],
        ),
        (
            metric::DB_CLIENT_CONNECTION_IDLE_MAX,
            CONNECTIONS,
            "The maximum number of idle open connections allowed.",
            &[(None, |state| state.idle_max)],
        ),
        (
            metric::DB_CLIENT_CONNECTION_IDLE_MIN,
            CONNECTIONS,
            "The minimum number of idle open connections allowed.",
            &[(None, |state| state.idle_min)],
        ),
        (
            metric::DB_CLIENT_CONNECTION_MAX,
            CONNECTIONS,
            "The maximum number of open connections allowed.",
            &[(None, |state| state.max)],
        ),
        (
            metric::DB_CLIENT_CONNECTION_PENDING_REQUESTS,
            "{request}",
            "The number of current pending requests for an open connection.",
            &[(None, |state| state.pending)],
        ),
    ];
    for (name, unit, description, numbers) in numbers {
        meter
            .i64_observable_up_down_counter(name)
            .with_unit(unit)
            .with_description(description)
            // Ids, not the providers: these hold the meter, and would never end.
            .with_callback(move |observer| {
                for (pool, state) in states(providers, scope) {
                    let pool = KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, pool);
                    for (of, number) in numbers {
                        let Some(number) = number(&state) else {
                            continue;
                        };
                        let number = i64::try_from(number).unwrap_or(i64::MAX);
                        match *of {
                            Some(of) => {
                                let of = KeyValue::new(semconv::DB_CLIENT_CONNECTION_STATE, of);
                                observer.observe(number, &[pool.clone(), of]);
                            }
                            None => observer.observe(number, std::slice::from_ref(&pool)),
                        }
                    }
                }
            })
            .build();
    }
}

/// The series of one pool. Each is bound when it is first recorded into: a bound one is exported even if it is empty.
pub(super) struct Bound {
    /// By id.
    pub(super) providers: u64,
    instruments: Arc<Instruments>,
    attribute: KeyValue,
    create: OnceLock<BoundHistogram<f64>>,
    wait: OnceLock<BoundHistogram<f64>>,
    used: OnceLock<BoundHistogram<f64>>,
    timeouts: OnceLock<BoundCounter<u64>>,
}

impl Bound {
    pub(super) fn new(providers: u64, instruments: Arc<Instruments>, attribute: KeyValue) -> Self {
        Self {
            providers,
            instruments,
            attribute,
            create: OnceLock::new(),
            wait: OnceLock::new(),
            used: OnceLock::new(),
            timeouts: OnceLock::new(),
        }
    }

    pub(super) fn is_measured(&self) -> bool {
        self.instruments.0.is_some()
    }

    fn attributes(&self) -> &[KeyValue] {
        std::slice::from_ref(&self.attribute)
    }

    fn record(
        &self,
        series: &OnceLock<BoundHistogram<f64>>,
        of: fn(&Recorded) -> &Histogram<f64>,
        duration: Duration,
    ) {
        if let Some(recorded) = &self.instruments.0 {
            let bind = || of(recorded).bind(self.attributes());
            series.get_or_init(bind).record(duration.as_secs_f64());
        }
    }

    pub(super) fn create(&self, duration: Duration) {
        self.record(&self.create, |recorded| &recorded.create, duration);
    }

    pub(super) fn wait(&self, duration: Duration) {
        self.record(&self.wait, |recorded| &recorded.wait, duration);
    }

    pub(super) fn used(&self, duration: Duration) {
        self.record(&self.used, |recorded| &recorded.used, duration);
    }

    pub(super) fn timed_out(&self) {
        if let Some(recorded) = &self.instruments.0 {
            let bind = || recorded.timeouts.bind(self.attributes());
            self.timeouts.get_or_init(bind).add(1);
        }
    }
}
