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
    /// Which entries become attributes; `None` is none.
    pub(crate) baggage: Option<BaggageKeys>,
}

impl Traces {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            exporters: Exporter::read_pushed(env, &vars::TRACES_EXPORTER),
            otlp: Otlp::read(env, Signal::Traces),
            sampler: Sampler::read(env),
            batch: Batch::read(env, &BSP),
            limits: Limits::read(env),
            baggage: BaggageKeys::read(env),
        }
    }
}

/// Entries of baggage, by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BaggageKeys {
    All,
    /// At least one.
    Of(Vec<String>),
}

impl BaggageKeys {
    fn read(env: &mut Env<'_>) -> Option<Self> {
        // W3C's `token`, which is what a key may be made of.
        let is_token =
            |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
        let key = |item: &str| match item.chars().all(is_token) {
            true => Ok(item.to_owned()),
            false => Err("which is no key of baggage".to_owned()),
        };
        let keys = env.each(&vars::SPAN_BAGGAGE, key)?;
        if keys.iter().any(|key| key == "*") {
            return Some(Self::All);
        }
        (!keys.is_empty()).then_some(Self::Of(keys))
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
    /// For the OTLP exporter's sake, but the SDK has no such setting by exporter.
    pub(crate) exponential_histograms: bool,
    /// How many sets of attributes an instrument counts apart; `None` leaves it to the SDK.
    pub(crate) cardinality_limit: Option<u32>,
}

/// Where the exporter `prometheus` listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prometheus {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Metrics {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        if env.choice(&vars::EXEMPLAR_FILTER, EXEMPLARS, false) {
            env.ineffective(&vars::EXEMPLAR_FILTER, "the SDK records no exemplars");
        }
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
            exponential_histograms: env.choice(&vars::HISTOGRAM_AGGREGATION, AGGREGATIONS, false),
            cardinality_limit: {
                let sdk = vars::CARDINALITY_LIMIT.kind.default;
                Some(env.integer(&vars::CARDINALITY_LIMIT)).filter(|limit| Some(*limit) != sdk)
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

/// Whether histograms are exponential.
const AGGREGATIONS: &[(&str, bool)] = &[
    ("explicit_bucket_histogram", false),
    ("base2_exponential_bucket_histogram", true),
];

/// Whether exemplars are wanted.
const EXEMPLARS: &[(&str, bool)] = &[
    ("always_off", false),
    ("always_on", true),
    ("trace_based", true),
];

/// Log records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logs {
    pub(crate) exporters: Vec<Exporter>,
    pub(crate) otlp: Otlp,
    pub(crate) batch: Batch,
    pub(crate) limits: LogLimits,
}

impl Logs {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            exporters: Exporter::read_pushed(env, &vars::LOGS_EXPORTER),
            otlp: Otlp::read(env, Signal::Logs),
            batch: Batch::read(env, &BLRP),
            limits: LogLimits::read(env),
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
    /// How many characters of a value are kept; `None` is all. The SDK does not do this: see `crate::limits`.
    pub(crate) value_length: Option<u32>,
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
            value_length: value_length(env, &vars::SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT),
        }
    }
}

/// How much a log record may hold. The SDK has no such limits: see `crate::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogLimits {
    pub(crate) attributes: u32,
    /// How many characters of a value are kept; `None` is all.
    pub(crate) value_length: Option<u32>,
}

impl LogLimits {
    fn read(env: &mut Env<'_>) -> Self {
        let attributes = env.integer(&vars::ATTRIBUTE_COUNT_LIMIT);
        Self {
            attributes: env.integer_or(&vars::LOGRECORD_ATTRIBUTE_COUNT_LIMIT, attributes),
            value_length: value_length(env, &vars::LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT),
        }
    }
}

fn value_length(env: &mut Env<'_>, own: &Variable<Integer>) -> Option<u32> {
    let instead = |limit: Option<u32>| limit.map_or_else(|| "using no limit".to_owned(), using);
    let general = env.integer_if_set(&vars::ATTRIBUTE_VALUE_LENGTH_LIMIT, instead(None));
    env.integer_if_set(own, instead(general)).or(general)
}
