//! What concerns the whole process: on or off, who it is, and how it speaks of itself.

use super::*;

variables! { GENERAL = "General";
    /// `true` turns every signal off. Propagators stay, so that traces pass through.
    SDK_DISABLED: Flag = "OTEL_SDK_DISABLED", Flag("false");
    /// How context travels, comma-separated and in this order: `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`,
    /// `ottrace`, `xray`, or `none`.
    PROPAGATORS: List = "OTEL_PROPAGATORS", List("tracecontext,baggage");
    /// What is said about the telemetry itself: `none`, `error`, `warn`, `info`, `debug` or `trace`.
    LOG_LEVEL: Choice = "OTEL_LOG_LEVEL", Choice("info");
    /// How long the end of the program may wait for the last export.
    SHUTDOWN_TIMEOUT: Timeout = "OTEL_RUST_SHUTDOWN_TIMEOUT", Timeout(Some(2000));
    /// `false` leaves SIGTERM and SIGINT alone. Else they export what is buffered before they end a program that
    /// handles neither.
    FLUSH_ON_SIGNAL: Switch = "OTEL_RUST_FLUSH_ON_SIGNAL", Switch;
    /// `false` leaves the panic hook alone. Else panics are recorded as exceptions, with message, place and (as
    /// `RUST_BACKTRACE` asks for it) stack trace, and one that aborts the program exports what is buffered first.
    FLUSH_ON_PANIC: Switch = "OTEL_RUST_FLUSH_ON_PANIC", Switch;
    /// What is printed at the start: `line` is one line with the settings in effect, `off` nothing.
    BANNER: Choice = "OTEL_RUST_BANNER", Choice("line");
    /// A configuration file is not supported in this version: it is reported and ignored.
    CONFIG_FILE: File = "OTEL_CONFIG_FILE", File("");
    /// The old name of `OTEL_CONFIG_FILE`: it is reported and ignored.
    EXPERIMENTAL_CONFIG_FILE: File = "OTEL_EXPERIMENTAL_CONFIG_FILE", File("");
    /// Has no effect, since only stable conventions are followed; said at `OTEL_LOG_LEVEL=debug`.
    SEMCONV_STABILITY: List = "OTEL_SEMCONV_STABILITY_OPT_IN", List("");
    /// Where errors and panics are recorded as exceptions: `logs` is log records alone, `logs/dup` log records and events
    /// of the spans that they end. Unset, it is log records if logs are exported, and events of spans otherwise.
    SEMCONV_EXCEPTION: List = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", List("");
    /// `1` (or `true`) prints a report on stderr after the start: the settings in effect and where they come from, a
    /// try of every endpoint, and what is wrong with them.
    DIAGNOSE: Choice = "OTEL_RUST_DIAGNOSE", Choice("0");
    /// `true` makes metrics of the export itself: `otel.sdk.exporter.*` and `otel.sdk.processor.*`.
    SDK_METRICS: Flag = "OTEL_RUST_SDK_METRICS_ENABLED", Flag("false");
}

variables! { RESOURCE = "Resource";
    /// The service's name. Wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`. Without either it is the
    /// package's name, or `unknown_service:` with the executable's.
    SERVICE_NAME: Text = "OTEL_SERVICE_NAME", Text("");
    /// Resource attributes, which win over detected ones. A pair without `=` or without a key discards the whole
    /// variable; a pair with a `%` that encodes nothing is kept as it is written, since the Kubernetes Operator
    /// does not encode.
    RESOURCE_ATTRIBUTES: Pairs = "OTEL_RESOURCE_ATTRIBUTES", Pairs("");
    /// Entities as `type{key=value}[key=value]@schema;…`, percent-encoded (in development in the specification).
    /// Flattened into resource attributes, below `OTEL_RESOURCE_ATTRIBUTES`, when `OTEL_RUST_ENTITIES_ENABLED` is
    /// `true`. A malformed entity is left out.
    ENTITIES: Text = "OTEL_ENTITIES", Text("");
    /// `true` heeds `OTEL_ENTITIES`.
    ENTITIES_ENABLED: Flag = "OTEL_RUST_ENTITIES_ENABLED", Flag("false");
    /// What is looked at, comma-separated: `env` (`OTEL_RESOURCE_ATTRIBUTES` and `OTEL_ENTITIES`), `host`, `os`,
    /// `process`, `service_instance`, `container`, `k8s`, `all` of these, or `none`. The clouds' (`aws`, `gcp`,
    /// `azure`) are not supported in this version. `OTEL_SERVICE_NAME` holds in any case.
    DETECTORS: List = "OTEL_RUST_RESOURCE_DETECTORS", List("all");
    /// Attributes that are left out of the resource, whether detected or from the environment, comma-separated.
    /// `service.name` stays.
    DISABLED_KEYS: List = "OTEL_RUST_RESOURCE_DISABLED_KEYS", List("");
    /// `k8s.pod.name`, as set by the Kubernetes Operator.
    POD_NAME: Text = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", Text("");
    /// `k8s.pod.uid`, as set by the Kubernetes Operator.
    POD_UID: Text = "OTEL_RESOURCE_ATTRIBUTES_POD_UID", Text("");
    /// `k8s.node.name`, as set by the Kubernetes Operator.
    NODE_NAME: Text = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", Text("");
    /// Set by Kubernetes itself. When it is there, `k8s.namespace.name` is read from the service account.
    KUBERNETES: Text = "KUBERNETES_SERVICE_HOST", Text("");
}
