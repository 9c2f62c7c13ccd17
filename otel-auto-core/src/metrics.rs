//! Instruments that may be made before there are providers, in a `static` too.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use arc_swap::ArcSwapOption;
use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    metrics::{self, Meter},
};

use crate::{Providers, instrumenter::next_id};

/// What is known of an instrument at compile time.
#[derive(Debug, Clone, Copy)]
pub struct Instrument {
    /// The metric's name: `shop.orders`.
    pub name: &'static str,
    /// The unit, such as `s`, `By` or `{order}`. Empty for none.
    pub unit: &'static str,
    /// What it measures.
    pub description: &'static str,
    /// The crate that measures.
    pub library: &'static str,
    /// The crate's version.
    pub version: &'static str,
}

/// An instrument of the providers that are found when it is used: those of the current context, or the process's.
struct Late<T> {
    instrument: Instrument,
    make: fn(&Meter, Instrument) -> T,
    id: LazyLock<u64>,
    bound: ArcSwapOption<(u64, Option<T>)>,
}

impl<T: Send + Sync + 'static> Late<T> {
    const fn new(instrument: Instrument, make: fn(&Meter, Instrument) -> T) -> Self {
        Self {
            instrument,
            make,
            id: LazyLock::new(next_id),
            bound: ArcSwapOption::const_empty(),
        }
    }

    fn with(&self, record: impl FnOnce(&T)) {
        if Providers::none_exist() {
            return;
        }
        let bound = match Context::map_current(|context| context.get::<Providers>().cloned()) {
            Some(scoped) => self.bind(&scoped),
            None => {
                let wanted = Providers::installed_id();
                match &*self.bound.load() {
                    Some(bound) if bound.0 == wanted => Arc::clone(bound),
                    _ => {
                        let Some(providers) = Providers::installed() else {
                            return;
                        };
                        let bound = self.bind(&providers);
                        self.bound.store(Some(Arc::clone(&bound)));
                        bound
                    }
                }
            }
        };
        if let Some(instrument) = &bound.1 {
            record(instrument);
        }
    }

    fn bind(&self, providers: &Providers) -> Arc<(u64, Option<T>)> {
        providers.bound(*self.id, |providers| {
            let Instrument {
                library, version, ..
            } = self.instrument;
            let scope = InstrumentationScope::builder(library)
                .with_version(version)
                .build();
            let meter = providers
                .meter(scope)
                .filter(|_| providers.settings().metrics);
            let instrument = meter.map(|meter| (self.make)(&meter, self.instrument));
            (providers.id(), instrument)
        })
    }
}

impl<T> fmt::Debug for Late<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.instrument.fmt(f)
    }
}

macro_rules! instruments {
    ($(#[doc = $doc:literal] $name:ident($inner:ty), $build:ident, $record:ident($value:ty);)+) => {$(
        #[doc = $doc]
        ///
        /// Without telemetry, recording costs a load and a branch.
        #[derive(Debug)]
        pub struct $name(Late<$inner>);

        impl $name {
            /// An instrument that is made where it is first used.
            #[must_use]
            pub const fn new(instrument: Instrument) -> Self {
                Self(Late::new(instrument, |meter, instrument| {
                    let mut builder = meter.$build(instrument.name);
                    if !instrument.unit.is_empty() {
                        builder = builder.with_unit(instrument.unit);
                    }
                    if !instrument.description.is_empty() {
                        builder = builder.with_description(instrument.description);
                    }
                    builder.build()
                }))
            }

            /// Records a value, with attributes that must form a small, closed set.
            pub fn $record(&self, value: $value, attributes: &[KeyValue]) {
                self.0.with(|instrument| instrument.$record(value, attributes));
            }
        }
    )+};
}

instruments! {
    #[doc = "A sum that only grows."]
    Counter(metrics::Counter<u64>), u64_counter, add(u64);
    #[doc = "A sum that grows and shrinks."]
    UpDownCounter(metrics::UpDownCounter<i64>), i64_up_down_counter, add(i64);
    #[doc = "A distribution of values."]
    Histogram(metrics::Histogram<f64>), f64_histogram, record(f64);
    #[doc = "A value that is the last one that was recorded."]
    Gauge(metrics::Gauge<f64>), f64_gauge, record(f64);
}
