//! Names that the specification or other languages know, and this version does not read.

/// Name, and what holds instead.
const ELSEWHERE: &[(&str, &str)] = &[
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
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "Obsolete: use `OTEL_EXPORTER_OTLP_METRICS_INSECURE`.",
    ),
    (
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "Obsolete: use `OTEL_EXPORTER_OTLP_TRACES_INSECURE`.",
    ),
    (
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        "There is no Zipkin exporter: use OTLP.",
    ),
    (
        "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
        "There is no Zipkin exporter: use OTLP.",
    ),
];

/// The names that nobody reads, each with a sentence on what holds instead.
pub(crate) fn unread() -> impl Iterator<Item = (&'static str, &'static str)> {
    ELSEWHERE.iter().copied()
}
