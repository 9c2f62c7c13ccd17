//! What is made of the spans and events of `tracing`.

use tracing_subscriber::filter::Targets;

use super::{super::super::vars, Config, Row, Situations, case, row, templates::switch};

pub(super) fn tracing() -> Vec<Row> {
    vec![
        levels(vars::TRACING_FILTER.name, |c| &c.tracing.spans),
        levels(vars::LOGS_LEVEL.name, |c| &c.tracing.records),
        switch(vars::LOGS_BRIDGE.name, |c| c.tracing.bridges_logs),
        switch(vars::LOG_CORRELATION.name, |c| c.tracing.keys.is_some()),
        key(vars::LOG_TRACE_ID_KEY.name, "trace_id", |c| {
            c.tracing.keys.as_ref().unwrap().trace_id.clone()
        }),
        key(vars::LOG_SPAN_ID_KEY.name, "span_id", |c| {
            c.tracing.keys.as_ref().unwrap().span_id.clone()
        }),
    ]
}

fn levels(name: &str, get: impl Fn(&Config) -> &Targets + 'static) -> Row {
    let cases = Situations {
        spaces: case(" warn , a=debug ,", "a=debug,warn", ""),
        wrong_case: case("WARN", "warn", ""),
        nonsense: case("a=loud", "info", "where `loud` is no level"),
        zero: case("0", "off", ""),
        negative: case("-1", "info", "which is neither a level nor a target"),
        at_the_boundary: case("a", "a=trace,info", ""),
        beyond_it: case("info,b=6", "info", "where `6` is no level"),
        valid: case("debug,h2=off", "h2=off,debug", ""),
    };
    row(name, "info", move |c| get(c).to_string(), cases)
}

fn key(name: &str, unset: &str, show: impl Fn(&Config) -> String + 'static) -> Row {
    const WRONG: &str = "has more in it than letters";
    let cases = Situations {
        spaces: case(" dd.id ", "dd.id", ""),
        wrong_case: case("ID", "ID", ""),
        nonsense: case("a\"b", unset, WRONG),
        zero: case("0", "0", ""),
        negative: case("-1", "-1", ""),
        at_the_boundary: case("@t", "@t", ""),
        beyond_it: case("a b", unset, WRONG),
        valid: case("traceId", "traceId", ""),
    };
    row(name, unset, show, cases)
}
