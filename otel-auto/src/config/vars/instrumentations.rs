//! The one list of instrumentations: their names, the variables of each, and when each is at work.

use super::*;

/// An instrumentation as the settings know it.
#[derive(Debug)]
pub(crate) struct Instrumentation {
    /// What its convention is made with, and what lists name.
    pub(crate) name: &'static str,
    /// Is it a part of this build?
    pub(crate) built_in: bool,
    /// What to look at when it meets nothing.
    pub(crate) question: &'static str,
    pub(crate) enabled: Variable<Override>,
    pub(crate) traces: Variable<Override>,
    pub(crate) metrics: Variable<Override>,
}

macro_rules! instrumentations {
    ($($id:ident = $name:literal, $upper:literal, $what:literal, $built_in:expr, $question:literal;)+) => {
        $(
            pub(crate) static $id: Instrumentation = Instrumentation {
                name: $name,
                built_in: $built_in,
                question: $question,
                enabled: Variable {
                    name: concat!("OTEL_RUST_INSTRUMENTATION_", $upper, "_ENABLED"),
                    kind: Override(""),
                    doc: concat!("`false` turns `", $name, "` off (", $what, "), `true` on, whatever the lists say."),
                },
                traces: Variable {
                    name: concat!("OTEL_RUST_TRACES_", $upper, "_ENABLED"),
                    kind: Override(""),
                    doc: concat!("The same for the spans of `", $name, "` alone."),
                },
                metrics: Variable {
                    name: concat!("OTEL_RUST_METRICS_", $upper, "_ENABLED"),
                    kind: Override(""),
                    doc: concat!("The same for the metrics of `", $name, "` alone."),
                },
            };
        )+

        pub(crate) static INSTRUMENTATIONS: &[&Instrumentation] = &[$(&$id),+];

        pub(crate) static SWITCHES: Section = Section {
            title: "Instrumentations, one by one",
            variables: &[$(&$id.enabled, &$id.traces, &$id.metrics),+],
        };
    };
}

instrumentations! {
TOWER = "tower", "TOWER", "the layers of servers, axum's too",
    cfg!(feature = "tower"), "is the layer on the router that is served?";
TOWER_CLIENT = "tower_client", "TOWER_CLIENT", "the layers of tower's HTTP clients",
    cfg!(feature = "tower-client"), "is the layer on the client?";
ACTIX = "actix", "ACTIX", "the middleware of actix-web",
    cfg!(feature = "actix"), "is the middleware wrapped around the app that is served?";
TONIC = "tonic", "TONIC", "the layers of tonic's servers and clients",
    cfg!(feature = "tonic"), "is the layer on the server or the channel?";
REQWEST = "reqwest", "REQWEST", "the reqwest client",
    cfg!(any(feature = "reqwest", feature = "reqwest-012")), "are requests sent through otel_auto::reqwest?";
SQLX = "sqlx", "SQLX", "queries through sqlx",
    cfg!(feature = "sqlx"), "does the program's subscriber have otel_auto::tracing_layer(), and are queries logged at DEBUG or above, below a span?";
TOKIO_POSTGRES = "tokio_postgres", "TOKIO_POSTGRES", "the clients of tokio-postgres and deadpool-postgres",
    cfg!(feature = "tokio-postgres"), "is the client or the pool wrapped?";
DIESEL = "diesel", "DIESEL", "queries through diesel and diesel-async",
    cfg!(feature = "diesel"), "were its connections established after init(), and has the program no default instrumentation of its own?";
REDIS = "redis", "REDIS", "the redis client",
    cfg!(feature = "redis"), "is the connection wrapped?";
MEMCACHED = "memcached", "MEMCACHED", "the memcached client",
    cfg!(feature = "memcached"), "is the client wrapped?";
INSTRUMENTED = "instrumented", "INSTRUMENTED", "the spans of `#[instrumented]`",
    cfg!(feature = "macros"), "has a function with #[instrumented] been called?";
}
