//! What concerns the whole process, and its resource.

use super::{
    super::{limit, read},
    Config, Row, Situations, case, row,
    templates::*,
};

pub(super) fn general() -> Vec<Row> {
    vec![
        flag("OTEL_SDK_DISABLED", ["false", "true"], |c| {
            c.disabled.to_string()
        }),
        names(
            "OTEL_PROPAGATORS",
            "[TraceContext, Baggage]",
            ["b3", "B3"],
            ["xray", "Xray"],
            |c| format!("{:?}", c.propagators),
        ),
        choice(
            "OTEL_LOG_LEVEL",
            "info",
            ["debug", "debug"],
            ["none", "off"],
            |c| c.log_level.to_string(),
        ),
        timeout("OTEL_RUST_SHUTDOWN_TIMEOUT", "2000", |c| {
            limit(c.shutdown_timeout)
        }),
        choice(
            "OTEL_RUST_BANNER",
            "Line",
            ["off", "Off"],
            ["line", "Line"],
            |c| format!("{:?}", c.banner),
        ),
        switch("OTEL_RUST_FLUSH_ON_SIGNAL", |c| c.flush_on_signal),
        switch("OTEL_RUST_FLUSH_ON_PANIC", |c| c.flush_on_panic),
        flag("OTEL_RUST_SDK_METRICS_ENABLED", ["false", "true"], |c| {
            c.sdk_metrics.to_string()
        }),
        diagnose(),
        refused("OTEL_CONFIG_FILE"),
        refused("OTEL_EXPERIMENTAL_CONFIG_FILE"),
        ineffective("OTEL_SEMCONV_STABILITY_OPT_IN"),
        exceptions(),
    ]
}

/// `logs/dup` has in it what `logs` has.
fn exceptions() -> Row {
    const WRONG: &str =
        ", which is not known; using log records where logs are exported, and events of spans";
    let cases = Situations {
        spaces: case(" logs , ", "Logs", ""),
        wrong_case: case("LOGS/DUP", "LogsAndEvents", ""),
        nonsense: case("banana", "Auto", WRONG),
        zero: case("0", "Auto", WRONG),
        negative: case("-1", "Auto", WRONG),
        at_the_boundary: case("none", "Auto", ""),
        beyond_it: case("logs,logs/dup", "LogsAndEvents", ""),
        valid: case("logs", "Logs", ""),
    };
    row(
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
        "Auto",
        |c| format!("{:?}", c.exceptions),
        cases,
    )
}

/// Yes or no, as a number too.
fn diagnose() -> Row {
    const WRONG: &str = "is none of ";
    let cases = Situations {
        spaces: case(" 1 ", "true", ""),
        wrong_case: case("TRUE", "true", ""),
        nonsense: case("banana", "false", WRONG),
        zero: case("0", "false", ""),
        negative: case("-1", "false", WRONG),
        at_the_boundary: case("1", "true", ""),
        beyond_it: case("2", "false", WRONG),
        valid: case("true", "true", ""),
    };
    row(
        "OTEL_RUST_DIAGNOSE",
        "false",
        |c| c.diagnose.to_string(),
        cases,
    )
}

fn attributes(config: &Config) -> String {
    let pairs = config.resource.attributes.iter();
    pairs
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn resource() -> Vec<Row> {
    const PAIR: &str = "which is not key=value; all of it is ignored";
    const ENTITY: &str = "; leaving out what is malformed, and using the last of several";
    const LISTED: [(&str, &str); 1] = [("OTEL_RESOURCE_ATTRIBUTES", "a=1,b=2")];
    let unknown = read(&[]).0.resource.service_name;
    let given = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        text("OTEL_SERVICE_NAME", &unknown, |c| {
            c.resource.service_name.clone()
        }),
        row(
            "OTEL_RESOURCE_ATTRIBUTES",
            "",
            attributes,
            Situations {
                spaces: case(" a = b , c=d ", "a=b c=d", ""),
                wrong_case: case("A=b,a=B", "A=b a=B", ""),
                nonsense: case("a=b,banana", "", PAIR),
                zero: case("0", "", PAIR),
                negative: case("=1", "", PAIR),
                at_the_boundary: case("a=", "a=", ""),
                beyond_it: case("a=1%", "a=1%", "has a `%` that encodes nothing, in a"),
                valid: case("a=b%2Cc,d=e@f:g", "a=b,c d=e@f:g", ""),
            },
        ),
        row(
            "OTEL_ENTITIES",
            "",
            attributes,
            Situations {
                spaces: case(" a { b = c } ", "b=c", ""),
                wrong_case: case("A{B=c}", "B=c", ""),
                nonsense: case("banana", "", ENTITY),
                zero: case("0", "", ENTITY),
                negative: case("-1{b=c}", "", ENTITY),
                at_the_boundary: case(";;", "", ""),
                beyond_it: case("a{}", "", ENTITY),
                valid: case("a{b=c}[d=e]", "d=e b=c", ""),
            },
        )
        .with(&[("OTEL_RUST_ENTITIES_ENABLED", "true")]),
        flag("OTEL_RUST_ENTITIES_ENABLED", ["", "b=c"], attributes)
            .with(&[("OTEL_ENTITIES", "a{b=c}")]),
        names(
            "OTEL_RUST_RESOURCE_DETECTORS",
            "[Env, Host, Os, Process, ServiceInstance, Container, Kubernetes]",
            ["k8s", "Kubernetes"],
            ["env", "Env"],
            |c| format!("{:?}", c.resource.detectors),
        ),
        row(
            "OTEL_RUST_RESOURCE_DISABLED_KEYS",
            "a=1 b=2",
            attributes,
            Situations {
                spaces: case(" a , ", "b=2", ""),
                wrong_case: case("A", "a=1 b=2", ""),
                nonsense: case("banana", "a=1 b=2", ""),
                zero: case("0", "a=1 b=2", ""),
                negative: case("-1", "a=1 b=2", ""),
                at_the_boundary: case("a,b", "", ""),
                beyond_it: case("none", "a=1 b=2", ""),
                valid: case("b", "a=1", ""),
            },
        )
        .with(&LISTED),
        text("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "", move |c| {
            given(&c.resource.pod_name)
        }),
        text("OTEL_RESOURCE_ATTRIBUTES_POD_UID", "", move |c| {
            given(&c.resource.pod_uid)
        }),
        text("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "", move |c| {
            given(&c.resource.node_name)
        }),
        row(
            "KUBERNETES_SERVICE_HOST",
            "false",
            |c| c.resource.kubernetes.to_string(),
            Situations {
                spaces: case(" 10.0.0.1 ", "true", ""),
                wrong_case: case("HOST", "true", ""),
                nonsense: case("banana", "true", ""),
                zero: case("0", "true", ""),
                negative: case("-1", "true", ""),
                at_the_boundary: case("0.0.0.0", "true", ""),
                beyond_it: case("256.0.0.1", "true", ""),
                valid: case("10.0.0.1", "true", ""),
            },
        ),
    ]
}
