//! Variables in the environment that nobody reads.

use super::{check::Check, distance};
use crate::config::vars::VARIABLES;

/// What the specification and the conventions name and this version does not read, as far as [`VARIABLES`] has it not.
const ELSEWHERE: &[&str] = &[
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_CONFIG_FILE",
    "OTEL_ENTITIES",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_EXPORTER_JAEGER_AGENT_HOST",
    "OTEL_EXPORTER_JAEGER_AGENT_PORT",
    "OTEL_EXPORTER_JAEGER_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "OTEL_EXPORTER_PROMETHEUS_HOST",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_METRICS_EXEMPLAR_FILTER",
    "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
];

/// Names that once were right.
const OBSOLETE: &[(&str, &str)] = &[
    (
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    ),
    (
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "OTEL_EXPORTER_OTLP_METRICS_INSECURE",
    ),
];

pub(super) fn check() -> Check {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    of(names)
}

/// Only names are told: the value of an unknown variable may be a secret.
pub(super) fn of(names: impl Iterator<Item = String>) -> Check {
    let mut check = Check::new("names of variables");
    let mut names: Vec<String> = names
        .filter(|name| {
            let upper = name.to_ascii_uppercase();
            upper.starts_with("OTEL_") || upper.starts_with("OTLP_")
        })
        .filter(|name| !is_read(name))
        .collect();
    names.sort();
    for name in names {
        if ELSEWHERE.contains(&name.as_str()) {
            check.note(format!("{name} is set, which this version does not read"));
        } else if let Some(meant) = likely(&name) {
            check.problem(format!("{name} is read by nobody; is {meant} meant?"));
        } else {
            check.note(format!("{name} is set, which is no name known here"));
        }
    }
    if check.is_empty() {
        check.good("all OTEL_* variables that are set are read");
    }
    check
}

fn known() -> impl Iterator<Item = &'static str> {
    VARIABLES
        .iter()
        .flat_map(|section| section.variables)
        .map(|variable| variable.name())
        .filter(|name| name.starts_with("OTEL_"))
}

fn is_read(name: &str) -> bool {
    known().any(|known| known == name)
}

/// The nearest name, if it is near: a letter in six may be wrong.
fn likely(name: &str) -> Option<&'static str> {
    if let Some((_, now)) = OBSOLETE.iter().find(|(once, _)| *once == name) {
        return Some(now);
    }
    let name = name.to_ascii_uppercase();
    let candidates = known().chain(ELSEWHERE.iter().copied());
    let nearest = candidates
        .map(|known| (distance::between(&name, known), known))
        .min()?;
    (nearest.0 <= name.len() / 6).then_some(nearest.1)
}
