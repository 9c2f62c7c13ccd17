//! Names that the specification or other languages know, and this version does not read.

use super::VARIABLES;

/// Name, and what holds instead. One that is read after all, being in [`VARIABLES`], is left out by [`unread`].
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "Values are not shortened.",
    ),
    ("OTEL_CONFIG_FILE", "There is no configuration file."),
    ("OTEL_ENTITIES", "Use `OTEL_RESOURCE_ATTRIBUTES`."),
    (
        "OTEL_EXPERIMENTAL_CONFIG_FILE",
        "There is no configuration file.",
    ),
    (
        "OTEL_EXPORTER_JAEGER_AGENT_HOST",
        "Jaeger takes OTLP: use `OTEL_EXPORTER_OTLP_ENDPOINT`.",
    ),
    (
        "OTEL_EXPORTER_JAEGER_AGENT_PORT",
        "Jaeger takes OTLP: use `OTEL_EXPORTER_OTLP_ENDPOINT`.",
    ),
    (
        "OTEL_EXPORTER_JAEGER_ENDPOINT",
        "Jaeger takes OTLP: use `OTEL_EXPORTER_OTLP_ENDPOINT`.",
    ),
    (
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "Histograms have explicit buckets.",
    ),
    (
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "Obsolete: use `OTEL_EXPORTER_OTLP_METRICS_INSECURE`.",
    ),
    (
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "Obsolete: use `OTEL_EXPORTER_OTLP_TRACES_INSECURE`.",
    ),
    (
        "OTEL_EXPORTER_PROMETHEUS_HOST",
        "Prometheus takes OTLP: use `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.",
    ),
    (
        "OTEL_EXPORTER_PROMETHEUS_PORT",
        "Prometheus takes OTLP: use `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.",
    ),
    (
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        "There is no Zipkin exporter: use OTLP.",
    ),
    (
        "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
        "There is no Zipkin exporter: use OTLP.",
    ),
    (
        "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
        "Log records have no limits.",
    ),
    (
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "Log records have no limits.",
    ),
    (
        "OTEL_METRICS_EXEMPLAR_FILTER",
        "The SDK makes no exemplars.",
    ),
    (
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
        "Errors are `error.type` and the status of the span.",
    ),
    (
        "OTEL_SEMCONV_STABILITY_OPT_IN",
        "The stable conventions alone are followed.",
    ),
    (
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "Values are not shortened.",
    ),
];

/// The names that nobody reads, each with a sentence on what holds instead.
pub(crate) fn unread() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_read = |name: &str| {
        let mut all = VARIABLES.iter().flat_map(|section| section.variables);
        all.any(|variable| variable.name() == name)
    };
    ELSEWHERE
        .iter()
        .copied()
        .filter(move |(name, _)| !is_read(name))
}
