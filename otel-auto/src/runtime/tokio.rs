//! `tokio.*`. There is no convention for it: the names follow those of `go.*`, `jvm.*` and `dotnet.*`. Workers are added
//! up, as other languages do not split by threads either.

#[cfg(target_has_atomic = "64")]
use std::time::Duration;
use std::{collections::BTreeMap, sync::Arc};

use opentelemetry::{KeyValue, metrics::Meter};
use tokio::runtime::RuntimeMetrics;

use super::{
    Shared,
    runtimes::{self, Observed},
};

const RUNTIME_NAME: &str = "tokio.runtime.name";
const QUEUE_TYPE: &str = "tokio.queue.type";
#[cfg(tokio_unstable)]
const THREAD_STATE: &str = "tokio.blocking.thread.state";

struct Metric {
    name: &'static str,
    unit: &'static str,
    description: &'static str,
    kind: Kind,
    numbers: &'static [Number],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    UpDownCounter,
    #[cfg(target_has_atomic = "64")]
    Counter,
    /// A counter of seconds that is read in nanoseconds.
    #[cfg(target_has_atomic = "64")]
    Time,
}

/// What one runtime tells, under an attribute.
struct Number(
    Option<(&'static str, &'static str)>,
    fn(&RuntimeMetrics) -> u64,
);

/// The task that waits for the runtime's end is ours.
const OWN_TASKS: usize = 1;

static METRICS: &[Metric] = &[
    Metric {
        name: "tokio.worker.count",
        unit: "{worker}",
        description: "Number of workers that run tasks.",
        kind: Kind::UpDownCounter,
        numbers: &[Number(None, |of| of.num_workers() as u64)],
    },
    Metric {
        name: "tokio.task.count",
        unit: "{task}",
        description: "Number of tasks that were spawned and have not ended.",
        kind: Kind::UpDownCounter,
        numbers: &[Number(None, |of| {
            of.num_alive_tasks().saturating_sub(OWN_TASKS) as u64
        })],
    },
    Metric {
        name: "tokio.queue.length",
        unit: "{task}",
        description: "Number of tasks that wait for a worker or a thread.",
        kind: Kind::UpDownCounter,
        numbers: &[
            Number(Some((QUEUE_TYPE, "global")), |of| {
                of.global_queue_depth() as u64
            }),
            #[cfg(tokio_unstable)]
            Number(Some((QUEUE_TYPE, "local")), |of| {
                workers(of, |of, worker| of.worker_local_queue_depth(worker) as u64)
            }),
            #[cfg(tokio_unstable)]
            Number(Some((QUEUE_TYPE, "blocking")), |of| {
                of.blocking_queue_depth() as u64
            }),
        ],
    },
    #[cfg(target_has_atomic = "64")]
    Metric {
        name: "tokio.worker.busy.time",
        unit: "s",
        description: "Time that all workers together have not been waiting for work.",
        kind: Kind::Time,
        numbers: &[Number(None, |of| {
            workers(of, |of, worker| {
                let busy = of.worker_total_busy_duration(worker).as_nanos();
                u64::try_from(busy).unwrap_or(u64::MAX)
            })
        })],
    },
    #[cfg(target_has_atomic = "64")]
    Metric {
        name: "tokio.worker.parks",
        unit: "{park}",
        description: "Number of times that a worker began to wait for work.",
        kind: Kind::Counter,
        numbers: &[Number(None, |of| {
            workers(of, RuntimeMetrics::worker_park_count)
        })],
    },
    #[cfg(tokio_unstable)]
    Metric {
        name: "tokio.blocking.thread.count",
        unit: "{thread}",
        description: "Number of threads for blocking tasks.",
        kind: Kind::UpDownCounter,
        numbers: &[
            Number(Some((THREAD_STATE, "busy")), |of| {
                let idle = of.num_idle_blocking_threads();
                of.num_blocking_threads().saturating_sub(idle) as u64
            }),
            Number(Some((THREAD_STATE, "idle")), |of| {
                of.num_idle_blocking_threads() as u64
            }),
        ],
    },
    #[cfg(all(tokio_unstable, target_has_atomic = "64"))]
    Metric {
        name: "tokio.task.spawned",
        unit: "{task}",
        description: "Number of tasks that were spawned.",
        kind: Kind::Counter,
        numbers: &[Number(None, |of| {
            of.spawned_tasks_count().saturating_sub(OWN_TASKS as u64)
        })],
    },
    #[cfg(all(tokio_unstable, target_has_atomic = "64"))]
    Metric {
        name: "tokio.task.polls",
        unit: "{poll}",
        description: "Number of times that a worker polled a task.",
        kind: Kind::Counter,
        numbers: &[Number(None, |of| {
            workers(of, RuntimeMetrics::worker_poll_count)
        })],
    },
    #[cfg(all(tokio_unstable, target_has_atomic = "64"))]
    Metric {
        name: "tokio.task.forced_yields",
        unit: "{yield}",
        description: "Number of times that a task had to yield as its budget was spent.",
        kind: Kind::Counter,
        numbers: &[Number(None, RuntimeMetrics::budget_forced_yield_count)],
    },
    #[cfg(all(tokio_unstable, target_has_atomic = "64"))]
    Metric {
        name: "tokio.worker.steals",
        unit: "{task}",
        description: "Number of tasks that a worker took from another one.",
        kind: Kind::Counter,
        numbers: &[Number(None, |of| {
            workers(of, RuntimeMetrics::worker_steal_count)
        })],
    },
    #[cfg(all(tokio_unstable, target_has_atomic = "64"))]
    Metric {
        name: "tokio.worker.overflows",
        unit: "{overflow}",
        description: "Number of times that a worker's own queue was full.",
        kind: Kind::Counter,
        numbers: &[Number(None, |of| {
            workers(of, RuntimeMetrics::worker_overflow_count)
        })],
    },
];

#[cfg(target_has_atomic = "64")]
fn workers(of: &RuntimeMetrics, number: impl Fn(&RuntimeMetrics, usize) -> u64) -> u64 {
    (0..of.num_workers()).map(|worker| number(of, worker)).sum()
}

/// Makes the instruments.
pub(super) fn measure(meter: &Meter) {
    let shared = Arc::new(Shared::new(Groups::default()));
    let mut before = 0;
    for metric in METRICS {
        let (groups, begin) = (Arc::clone(&shared), before);
        before += metric.numbers.len();
        let each = move |observe: &dyn Fn(u64, &[KeyValue])| {
            let mut groups = groups.lock();
            if begin == 0 {
                groups.read(&runtimes::observed());
            }
            groups.each(begin, metric.numbers, observe);
        };
        build(meter, metric, each);
    }
}

fn build(
    meter: &Meter,
    metric: &'static Metric,
    each: impl Fn(&dyn Fn(u64, &[KeyValue])) + Send + Sync + 'static,
) {
    let Metric {
        name,
        unit,
        description,
        ..
    } = *metric;
    match metric.kind {
        Kind::UpDownCounter => drop(
            meter
                .i64_observable_up_down_counter(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    each(&|number, attributes| {
                        observer.observe(i64::try_from(number).unwrap_or(i64::MAX), attributes);
                    });
                })
                .build(),
        ),
        #[cfg(target_has_atomic = "64")]
        Kind::Counter => drop(
            meter
                .u64_observable_counter(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    each(&|number, attributes| observer.observe(number, attributes));
                })
                .build(),
        ),
        #[cfg(target_has_atomic = "64")]
        Kind::Time => drop(
            meter
                .f64_observable_counter(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    each(&|nanos, attributes| {
                        observer.observe(Duration::from_nanos(nanos).as_secs_f64(), attributes);
                    });
                })
                .build(),
        ),
    }
}

/// The runtimes by their names, as they were read last.
#[derive(Debug, Default)]
struct Groups(BTreeMap<Option<String>, Group>);

/// Numbers in the order of the table.
#[derive(Debug, Default)]
struct Group {
    of_each: BTreeMap<u64, Vec<u64>>,
    /// What ended runtimes of this name had counted: a counter must not fall while others go on.
    past: Vec<u64>,
}

impl Groups {
    /// A name is forgotten with its last runtime.
    fn read(&mut self, observed: &[Observed]) {
        let mut before = std::mem::take(&mut self.0);
        for runtime in observed {
            let name = runtime.handle.name().map(str::to_owned);
            let metrics = runtime.handle.metrics();
            let numbers = METRICS.iter().flat_map(|metric| metric.numbers);
            let numbers = numbers.map(|number| (number.1)(&metrics)).collect();
            let group = self.0.entry(name).or_default();
            group.of_each.insert(runtime.number, numbers);
        }
        for (name, group) in &mut self.0 {
            let Some(before) = before.remove(name) else {
                continue;
            };
            group.past = before.past;
            for (runtime, numbers) in before.of_each {
                if !group.of_each.contains_key(&runtime) {
                    add(&mut group.past, &counted(numbers));
                }
            }
        }
    }

    /// Those of one metric, whose first number has this place.
    fn each(&self, begin: usize, numbers: &[Number], observe: &dyn Fn(u64, &[KeyValue])) {
        for (name, group) in &self.0 {
            let mut sums = group.past.clone();
            for numbers in group.of_each.values() {
                add(&mut sums, numbers);
            }
            let name = name
                .as_ref()
                .map(|name| KeyValue::new(RUNTIME_NAME, name.clone()));
            for (Number(attribute, _), sum) in numbers.iter().zip(sums.iter().skip(begin)) {
                let attribute = attribute.map(|(key, value)| KeyValue::new(key, value));
                let attributes: Vec<_> = name.iter().cloned().chain(attribute).collect();
                observe(*sum, &attributes);
            }
        }
    }
}

/// Without what goes up and down, which has ended with its runtime.
fn counted(mut numbers: Vec<u64>) -> Vec<u64> {
    let kinds = METRICS
        .iter()
        .flat_map(|metric| metric.numbers.iter().map(|_| metric.kind));
    for (number, kind) in numbers.iter_mut().zip(kinds) {
        if kind == Kind::UpDownCounter {
            *number = 0;
        }
    }
    numbers
}

fn add(sums: &mut Vec<u64>, numbers: &[u64]) {
    sums.resize(numbers.len().max(sums.len()), 0);
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum = sum.saturating_add(*number);
    }
}
