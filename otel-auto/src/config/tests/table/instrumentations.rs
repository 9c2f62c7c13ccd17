//! Which instrumentations are on, and what they call others.

use super::{
    super::super::vars::INSTRUMENTATIONS, Config, Row, Situations, case, row, templates::*,
};

/// Those that are on.
fn on(config: &Config) -> String {
    let all = INSTRUMENTATIONS.iter().map(|of| of.name);
    let on: Vec<_> = all
        .filter(|name| config.instrumentations.off(name).is_none())
        .collect();
    if on.len() == INSTRUMENTATIONS.len() {
        "all".to_owned()
    } else {
        on.join(",")
    }
}

pub(super) fn lists() -> Vec<Row> {
    const UNKNOWN: &str = ", which is not known; it is ignored";
    let but = "tower_client,actix,tonic,reqwest,tokio_postgres,diesel,mongodb,redis,memcached,instrumented";
    vec![
        switch("OTEL_RUST_INSTRUMENTATION_DEFAULT_ENABLED", |c| {
            on(c) == "all"
        }),
        row(
            "OTEL_RUST_ENABLED_INSTRUMENTATIONS",
            "all",
            on,
            Situations {
                spaces: case(" sqlx , tower, ", "tower,sqlx", ""),
                wrong_case: case("SQLX", "sqlx", ""),
                nonsense: case("banana", "all", UNKNOWN),
                zero: case("0", "all", UNKNOWN),
                negative: case("-1", "all", UNKNOWN),
                at_the_boundary: case("none", "", ""),
                beyond_it: case("*", "all", ""),
                valid: case("sqlx,tower,sqlx", "tower,sqlx", ""),
            },
        ),
        row(
            "OTEL_RUST_DISABLED_INSTRUMENTATIONS",
            "all",
            on,
            Situations {
                spaces: case(" sqlx , tower, ", but, ""),
                wrong_case: case("SQLX,tower", but, ""),
                nonsense: case("banana", "all", UNKNOWN),
                zero: case("0", "all", UNKNOWN),
                negative: case("-1", "all", UNKNOWN),
                at_the_boundary: case("none", "all", ""),
                beyond_it: case("*", "", ""),
                valid: case("sqlx,tower,sqlx", but, ""),
            },
        ),
    ]
}

pub(super) fn switches() -> Vec<Row> {
    let mut rows = Vec::new();
    for instrumentation in INSTRUMENTATIONS {
        let name = instrumentation.name;
        let traces = move |c: &Config| !c.settings().instrumentations.without_traces.contains(name);
        let metrics =
            move |c: &Config| !c.settings().instrumentations.without_metrics.contains(name);
        rows.push(override_of(instrumentation.enabled.name, move |c| {
            assert_eq!(traces(c), metrics(c));
            traces(c)
        }));
        rows.push(override_of(instrumentation.traces.name, move |c| {
            assert!(metrics(c));
            traces(c)
        }));
        rows.push(override_of(instrumentation.metrics.name, move |c| {
            assert!(traces(c));
            metrics(c)
        }));
    }
    rows
}

pub(super) fn peers() -> Vec<Row> {
    const WRONG: &str = ", which is not host[:port][/path]=name; it is ignored";
    let show = |config: &Config| {
        let rules = config.settings().peer_services;
        let rules = rules.iter().map(|rule| {
            let port = rule.port.unwrap_or_default();
            let path = rule.path.as_deref().unwrap_or_default();
            format!("{} {port} {path} {}", rule.host, rule.name)
        });
        rules.collect::<Vec<_>>().join(", ")
    };
    let names = [
        "OTEL_RUST_SERVICE_PEER_MAPPING",
        "OTEL_INSTRUMENTATION_COMMON_PEER_SERVICE_MAPPING",
    ];
    names
        .map(|name| {
            row(
                name,
                "",
                show,
                Situations {
                    spaces: case(" h = a service , ", "h 0  a service", ""),
                    wrong_case: case("H=S", "H 0  S", ""),
                    nonsense: case("banana", "", WRONG),
                    zero: case("h:0=s", "", WRONG),
                    negative: case("h:-1=s", "", WRONG),
                    at_the_boundary: case("h:65535/=s", "h 65535 / s", ""),
                    beyond_it: case("h:65536=s", "", WRONG),
                    valid: case(
                        "h=a,h:80=b,h/x=c,h/x/y=d,h:80/x=e,[::1]:80=f",
                        "h 0 /x/y d, h 80 /x e, h 0 /x c, h 80  b, ::1 80  f, h 0  a",
                        "",
                    ),
                },
            )
        })
        .into()
}

pub(super) fn functions() -> Vec<Row> {
    const WRONG: &str = ", which is no function's path; it is ignored";
    let cases = Situations {
        spaces: case(" a::b , ", "a::b", ""),
        wrong_case: case("A::B", "A::B", ""),
        nonsense: case("a b", "", WRONG),
        zero: case("0", "", WRONG),
        negative: case("-1", "", WRONG),
        at_the_boundary: case("a::*", "a::*", ""),
        beyond_it: case("*", "", WRONG),
        valid: case("a::b::C::d,a::e::*", "a::b::C::d,a::e::*", ""),
    };
    let show = |config: &Config| config.muted_functions.join(",");
    vec![row("OTEL_RUST_INSTRUMENTED_EXCLUDE", "", show, cases)]
}
