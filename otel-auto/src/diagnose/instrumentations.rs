//! Instrumentations that are built in, and met nothing.

use super::{Subject, check::Check};

/// Name, whether it is built in, and how it comes into play.
const ALL: [(&str, bool, &str); 7] = [
    (
        "tower",
        cfg!(feature = "tower"),
        "is the layer on the router that is served?",
    ),
    (
        "tower_client",
        cfg!(feature = "tower-client"),
        "is the layer on the client that sends?",
    ),
    (
        "reqwest",
        cfg!(any(feature = "reqwest", feature = "reqwest-012")),
        "are requests sent through otel_auto::reqwest?",
    ),
    (
        "sqlx",
        cfg!(feature = "sqlx"),
        "does the program's subscriber have otel_auto::tracing_layer(), and are queries logged at DEBUG or above?",
    ),
    (
        "redis",
        cfg!(feature = "redis"),
        "is the connection wrapped?",
    ),
    (
        "memcached",
        cfg!(feature = "memcached"),
        "is the client wrapped?",
    ),
    (
        "instrumented",
        cfg!(feature = "macros"),
        "has a function with #[instrumented] been called?",
    ),
];

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("instrumentations");
    let providers = subject
        .running
        .as_ref()
        .and_then(|of| of.providers.as_ref());
    let Some(providers) = providers else {
        check.note("none is at work");
        return check;
    };
    let used = providers.used();
    let switches = &providers.settings().instrumentations;
    for (name, built_in, question) in ALL {
        if !built_in {
            continue;
        }
        if !switches.traces(name) && !switches.metrics(name) {
            let variable = name.to_ascii_uppercase();
            check.note(format!(
                "{name}: off by OTEL_RUST_INSTRUMENTATION_{variable}_ENABLED"
            ));
        } else if used.iter().any(|used| used == name) {
            check.good(format!("{name}: at work"));
        } else {
            check.note(format!("{name}: built in, and not used so far; {question}"));
        }
    }
    let others = used.iter();
    for name in others.filter(|name| ALL.iter().all(|(known, ..)| known != name)) {
        check.good(format!("{name}: at work"));
    }
    check
}
