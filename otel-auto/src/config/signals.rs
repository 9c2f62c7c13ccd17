//! The settings of each signal.

use std::{fmt, time::Duration};

use super::{
    env::{Env, name_of, using},
    otlp::Otlp,
    otlp_env::Signal,
    sampler::Sampler,
    vars::{self, Integer, List, Millis, Timeout, Variable},
};

/// Where a signal goes (`OTEL_<SIGNAL>_EXPORTER`); no exporter at all is `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exporter {
    Otlp,
    Console,
    /// OTLP's JSON on standard output.
    OtlpStdout,
    /// Metrics alone, to be scraped.
    Prometheus,
}

const EXPORTERS: &[(&str, Exporter)] = &[
    ("otlp", Exporter::Otlp),
    ("console", Exporter::Console),
    ("otlp/stdout", Exporter::OtlpStdout),
    ("prometheus", Exporter::Prometheus),
];
/// Deprecated by the specification.
const UNSUPPORTED_EXPORTERS: &[&str] = &["logging", "zipkin"];

impl Exporter {
    fn read(env: &mut Env<'_>, variable: &Variable<List>) -> Vec<Self> {
        env.names(variable, EXPORTERS, UNSUPPORTED_EXPORTERS, &[Self::Otlp])
    }

    /// The same for a signal that cannot be scraped.
    fn read_pushed(env: &mut Env<'_>, variable: &Variable<List>) -> Vec<Self> {
        let mut exporters = Self::read(env, variable);
        if exporters.contains(&Self::Prometheus) {
            exporters.retain(|exporter| *exporter != Self::Prometheus);
            if exporters.is_empty() {
                exporters.push(Self::Otlp);
            }
            let text = env.text(variable).unwrap_or_default();
            let names: Vec<_> = exporters.iter().map(ToString::to_string).collect();
            let problem = "names \"prometheus\", which takes metrics alone";
            env.warn(variable, &text, problem, using(names.join(",")));
        }
        exporters
    }
}

impl fmt::Display for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(EXPORTERS, *self))
    }
}

/// Spans.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Traces {
    pub(crate) exporters: Vec<Exporter>,
    pub(crate) otlp: Otlp,
    pub(crate) sampler: Sampler,
    pub(crate) batch: Batch,
    pub(crate) limits: Limits,
}

impl Traces {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            exporters: Exporter::read_pushed(env, &vars::TRACES_EXPORTER),
            otlp: Otlp::read(env, Signal::Traces),
            sampler: Sampler::read(env),
            batch: Batch::read(env, &BSP),
            limits: Limits::read(env),
        }
    }
}

/// A person at a console waits less long than a collector.
const CONSOLE_INTERVAL: Duration = Duration::from_secs(10);
const INTERVALS: &str = "using 60000, or 10000 on the console";

/// Metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metrics {
    pub(crate) exporters: Vec<Exporter>,
    pub(crate) otlp: Otlp,
    /// As set; see [`Metrics::interval_for`].
    pub(crate) interval: Option<Duration>,
    /// `None` is no limit.
    pub(crate) timeout: Option<Duration>,
    /// For OTLP only.
    pub(crate) temporality: Temporality,
    pub(crate) prometheus: Prometheus,
}

/// Where the exporter `prometheus` listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prometheus {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Metrics {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            exporters: Exporter::read(env, &vars::METRICS_EXPORTER),
            otlp: Otlp::read(env, Signal::Metrics),
            interval: env.millis_if_set(&vars::METRIC_EXPORT_INTERVAL, INTERVALS),
            timeout: env.timeout(&vars::METRIC_EXPORT_TIMEOUT),
            temporality: env.choice(&vars::TEMPORALITY, TEMPORALITIES, Temporality::Cumulative),
            prometheus: Prometheus {
                host: env
                    .text(&vars::PROMETHEUS_HOST)
                    .unwrap_or_else(|| vars::PROMETHEUS_HOST.kind.0.to_owned()),
                port: u16::try_from(env.integer(&vars::PROMETHEUS_PORT)).unwrap_or_default(),
            },
        }
    }

    /// The pause between two exports.
    pub(crate) fn interval_for(&self, exporter: Exporter) -> Duration {
        self.interval.unwrap_or(match exporter {
            Exporter::Console => CONSOLE_INTERVAL,
            Exporter::Otlp | Exporter::OtlpStdout | Exporter::Prometheus => {
                Duration::from_millis(vars::METRIC_EXPORT_INTERVAL.kind.default.into())
            }
        })
    }
}

/// Since when counts are told (`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temporality {
    Cumulative,
    Delta,
    LowMemory,
}

const TEMPORALITIES: &[(&str, Temporality)] = &[
    ("cumulative", Temporality::Cumulative),
    ("delta", Temporality::Delta),
    ("lowmemory", Temporality::LowMemory),
];

/// Log records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logs {
    pub(crate) exporters: Vec<Exporter>,
    pub(crate) otlp: Otlp,
    pub(crate) batch: Batch,
}

impl Logs {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            exporters: Exporter::read_pushed(env, &vars::LOGS_EXPORTER),
            otlp: Otlp::read(env, Signal::Logs),
            batch: Batch::read(env, &BLRP),
        }
    }
}

/// How ended spans and log records wait for their export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Never zero: a processor without a pause uses a whole CPU.
    pub(crate) schedule_delay: Duration,
    /// `None` is no limit.
    pub(crate) export_timeout: Option<Duration>,
    /// Never zero.
    pub(crate) max_queue_size: usize,
    /// Never zero, and never more than the queue.
    pub(crate) max_export_batch_size: usize,
}

struct BatchVariables {
    delay: &'static Variable<Millis>,
    timeout: &'static Variable<Timeout>,
    queue: &'static Variable<Integer>,
    batch: &'static Variable<Integer>,
}

static BSP: BatchVariables = BatchVariables {
    delay: &vars::BSP_SCHEDULE_DELAY,
    timeout: &vars::BSP_EXPORT_TIMEOUT,
    queue: &vars::BSP_MAX_QUEUE_SIZE,
    batch: &vars::BSP_MAX_EXPORT_BATCH_SIZE,
};

static BLRP: BatchVariables = BatchVariables {
    delay: &vars::BLRP_SCHEDULE_DELAY,
    timeout: &vars::BLRP_EXPORT_TIMEOUT,
    queue: &vars::BLRP_MAX_QUEUE_SIZE,
    batch: &vars::BLRP_MAX_EXPORT_BATCH_SIZE,
};

impl Batch {
    fn read(env: &mut Env<'_>, variables: &BatchVariables) -> Self {
        let queue = env.integer(variables.queue);
        // The default gives way to a small queue in silence; a batch that was asked for does not.
        let default = variables.batch.kind.default.unwrap_or(queue);
        let mut batch = env.integer_or(variables.batch, default.min(queue));
        if batch > queue {
            let problem = format!("is more than {}, which is {queue}", variables.queue.name);
            env.warn(variables.batch, &batch.to_string(), problem, using(queue));
            batch = queue;
        }
        Self {
            schedule_delay: env.millis(variables.delay),
            export_timeout: env.timeout(variables.timeout),
            max_queue_size: queue as usize,
            max_export_batch_size: batch as usize,
        }
    }
}

/// How much a span may hold; the SDK drops what is more, and counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) attributes_per_span: u32,
    pub(crate) events_per_span: u32,
    pub(crate) links_per_span: u32,
    pub(crate) attributes_per_event: u32,
    pub(crate) attributes_per_link: u32,
}

impl Limits {
    fn read(env: &mut Env<'_>) -> Self {
        let attributes = env.integer(&vars::ATTRIBUTE_COUNT_LIMIT);
        Self {
            attributes_per_span: env.integer_or(&vars::SPAN_ATTRIBUTE_COUNT_LIMIT, attributes),
            events_per_span: env.integer(&vars::SPAN_EVENT_COUNT_LIMIT),
            links_per_span: env.integer(&vars::SPAN_LINK_COUNT_LIMIT),
            attributes_per_event: env.integer_or(&vars::EVENT_ATTRIBUTE_COUNT_LIMIT, attributes),
            attributes_per_link: env.integer_or(&vars::LINK_ATTRIBUTE_COUNT_LIMIT, attributes),
        }
    }
}
