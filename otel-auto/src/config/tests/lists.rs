//! Lists of names: exporters, propagators, and the two of HTTP.

use super::{Config, check, read};

#[test]
fn exporters_are_known_names_without_repetition() {
    let show = |c: &Config, variable: &str| {
        let exporters = match variable {
            "OTEL_TRACES_EXPORTER" => &c.traces.exporters,
            "OTEL_METRICS_EXPORTER" => &c.metrics.exporters,
            _ => &c.logs.exporters,
        };
        exporters
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",")
    };
    for variable in [
        "OTEL_TRACES_EXPORTER",
        "OTEL_METRICS_EXPORTER",
        "OTEL_LOGS_EXPORTER",
    ] {
        let cases = [
            ("", "otlp", ""),
            (" Console ", "console", ""),
            ("console, OTLP,console,", "console,otlp", ""),
            ("NONE", "", ""),
            (",", "otlp", ""),
            (
                "none,otlp",
                "",
                "combines `none` with other names; using none",
            ),
            (
                "logging",
                "otlp",
                "names \"logging\", which is not supported in this version; using otlp",
            ),
            (
                "zipkin,console",
                "console",
                "names \"zipkin\", which is not supported in this version; using console",
            ),
            (
                "prometheus",
                "otlp",
                "names \"prometheus\", which is not supported in this version; using otlp",
            ),
            (
                "otlp/stdout",
                "otlp",
                "names \"otlp/stdout\", which is not supported in this version; using otlp",
            ),
            (
                "oltp",
                "otlp",
                "names \"oltp\", which is not known; using otlp",
            ),
            ("0", "otlp", "names \"0\", which is not known; using otlp"),
        ];
        check(variable, |c| show(c, variable), &cases);
    }
}

#[test]
fn propagators_are_known_names_without_repetition() {
    let show = |c: &Config| format!("{:?}", c.propagators);
    const BOTH: &str = "[TraceContext, Baggage]";
    check(
        "OTEL_PROPAGATORS",
        show,
        &[
            ("", BOTH, ""),
            (
                "Baggage, TraceContext ,baggage",
                "[Baggage, TraceContext]",
                "",
            ),
            ("none", "[]", ""),
            (
                "none,baggage",
                "[]",
                "combines `none` with other names; using none",
            ),
            ("b3,xray", "[B3, Xray]", ""),
            (
                "ottrace,Jaeger,B3MULTI,jaeger",
                "[OtTrace, Jaeger, B3Multi]",
                "",
            ),
            (
                "w3c",
                BOTH,
                "names \"w3c\", which is not known; using tracecontext,baggage",
            ),
        ],
    );
}

#[test]
fn each_unknown_propagator_has_a_warning_of_its_own() {
    let (config, warnings) = read(&[("OTEL_PROPAGATORS", "tracecontext,b4,w3c,B4")]);
    assert_eq!(format!("{:?}", config.propagators), "[TraceContext]");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings
            .iter()
            .all(|w| w.ends_with("which is not known; using tracecontext")),
        "{warnings:?}"
    );
}

#[test]
fn clouds_are_no_detectors_of_this_version() {
    let (config, warnings) = read(&[("OTEL_RUST_RESOURCE_DETECTORS", "host,aws,GCP,azure")]);
    assert_eq!(format!("{:?}", config.resource.detectors), "[Host]");
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(
        warnings
            .iter()
            .all(|w| w.ends_with("which is not supported in this version; using host")),
        "{warnings:?}"
    );
}

#[test]
fn http_lists_replace_the_conventions_and_none_is_the_empty_one() {
    let cases = [
        ("", "None", ""),
        (" GET , get,GET ", "Some([\"GET\", \"get\"])", ""),
        ("None", "Some([])", ""),
        (",,", "None", ""),
    ];
    check(
        "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
        |c| format!("{:?}", c.http.known_methods),
        &cases,
    );
    let show = |c: &Config| format!("{:?}", c.http.sensitive_query_parameters);
    check("OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS", show, &cases);
}
