//! Which instrumentations are at work, and what they say of others. The names with `RUST` are this project's own.

use super::*;

variables! { INSTRUMENTATION = "Instrumentation";
    /// `false` turns all instrumentations off for which nothing below says otherwise. Of the variables that concern an
    /// instrumentation the most specific decides: first `OTEL_RUST_TRACES_<NAME>_ENABLED` or
    /// `OTEL_RUST_METRICS_<NAME>_ENABLED`, then `OTEL_RUST_INSTRUMENTATION_<NAME>_ENABLED`, then
    /// `OTEL_RUST_DISABLED_INSTRUMENTATIONS`, then `OTEL_RUST_ENABLED_INSTRUMENTATIONS`, then this one.
    DEFAULT_ENABLED: Switch = "OTEL_RUST_INSTRUMENTATION_DEFAULT_ENABLED", Switch;
    /// The instrumentations that are on, comma-separated, by their names in the table below, in lower case;
    /// all others are off. `*` is all of them, `none` is none.
    ENABLED_INSTRUMENTATIONS: List = "OTEL_RUST_ENABLED_INSTRUMENTATIONS", List("");
    /// The instrumentations that are off, comma-separated, even if they are in `OTEL_RUST_ENABLED_INSTRUMENTATIONS`.
    /// `*` is all of them.
    DISABLED_INSTRUMENTATIONS: List = "OTEL_RUST_DISABLED_INSTRUMENTATIONS", List("");
    /// Functions of `#[instrumented]` that record nothing, comma-separated, by the path in `code.function.name`:
    /// `shop::cart::Cart::add`, or `shop::cart::*` for all below. What they call records as ever.
    INSTRUMENTED_EXCLUDE: List = "OTEL_RUST_INSTRUMENTED_EXCLUDE", List("");
    /// What services are called that clients call (`service.peer.name`), as `host[:port][/path]=name`, comma-separated.
    /// An IPv6 address is in brackets. The longest path that a URL's begins with wins, then a rule with a port.
    PEER_MAPPING: Peers = "OTEL_RUST_SERVICE_PEER_MAPPING", Peers("");
    /// The same under Java's name, where ours is not set.
    JAVA_PEER_MAPPING: Peers = "OTEL_INSTRUMENTATION_COMMON_PEER_SERVICE_MAPPING", Peers("");
}
