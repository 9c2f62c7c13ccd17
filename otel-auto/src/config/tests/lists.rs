//! Lists of names: exporters, propagators, and the two of HTTP.

use super::{super::signals::Exporter, Config, check, read};

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
            ("OTLP/stdout , otlp", "otlp/stdout,otlp", ""),
            (
                "oltp",
                "otlp",
                "names \"oltp\", which is not known (is otlp meant?); using otlp",
            ),
            ("0", "otlp", "names \"0\", which is not known; using otlp"),
        ];
        check(variable, |c| show(c, variable), &cases);
    }
}

#[test]
fn prometheus_takes_metrics_alone() {
    let (config, warnings) = read(&[("OTEL_METRICS_EXPORTER", "prometheus,otlp")]);
    assert_eq!(
        config.metrics.exporters,
        [Exporter::Prometheus, Exporter::Otlp]
    );
    assert_eq!(warnings, [""; 0]);
    for variable in ["OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER"] {
        for (value, used) in [("Prometheus", "otlp"), ("console,prometheus", "console")] {
            let (config, warnings) = read(&[(variable, value)]);
            let expected = format!(
                "{variable}={value:?} names \"prometheus\", which takes metrics alone; using {used}"
            );
            assert_eq!(warnings, [expected]);
            let exporters = match variable {
                "OTEL_TRACES_EXPORTER" => config.traces.exporters,
                _ => config.logs.exporters,
            };
            assert_eq!(exporters.len(), 1);
            assert_eq!(exporters[0].to_string(), used);
        }
    }
}

#[test]
fn prometheus_listens_where_it_is_told() {
    let show = |c: &Config| {
        format!(
            "{}:{}",
            c.metrics.prometheus.host, c.metrics.prometheus.port
        )
    };
    let host = [
        ("", "localhost:9464", ""),
        (" 0.0.0.0 ", "0.0.0.0:9464", ""),
    ];
    check("OTEL_EXPORTER_PROMETHEUS_HOST", show, &host);
    const PORT: &str = "is not a whole number from 1 to 65535; using 9464";
    let port = [
        ("1", "localhost:1", ""),
        ("65535", "localhost:65535", ""),
        ("0", "localhost:9464", PORT),
        ("65536", "localhost:9464", PORT),
        ("-1", "localhost:9464", PORT),
        ("http", "localhost:9464", PORT),
    ];
    check("OTEL_EXPORTER_PROMETHEUS_PORT", show, &port);
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
