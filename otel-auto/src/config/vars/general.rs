//! What concerns the whole process: on or off, who it is, and how it speaks of itself.

use super::*;

variables! { GENERAL = "General";
    /// `true` turns every signal off. Propagators stay, so that traces pass through.
    SDK_DISABLED: Flag = "OTEL_SDK_DISABLED", Flag("false");
    /// How context travels, comma-separated: `tracecontext`, `baggage`, or `none`.
    PROPAGATORS: List = "OTEL_PROPAGATORS", List("tracecontext,baggage");
    /// What is said about the telemetry itself: `none`, `error`, `warn`, `info`, `debug` or `trace`.
    LOG_LEVEL: Choice = "OTEL_LOG_LEVEL", Choice("info");
    /// How long the end of the program may wait for the last export.
    SHUTDOWN_TIMEOUT: Timeout = "OTEL_RUST_SHUTDOWN_TIMEOUT", Timeout(Some(2000));
    /// `false` leaves SIGTERM and SIGINT alone. Else they export what is buffered before they end a program that
    /// handles neither.
    FLUSH_ON_SIGNAL: Switch = "OTEL_RUST_FLUSH_ON_SIGNAL", Switch;
    /// `false` leaves the panic hook alone. Else a panic that aborts the program exports what is buffered first.
    FLUSH_ON_PANIC: Switch = "OTEL_RUST_FLUSH_ON_PANIC", Switch;
    /// What is printed at the start: `line` is one line with the settings in effect, `off` nothing.
    BANNER: Choice = "OTEL_RUST_BANNER", Choice("line");
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
    /// `k8s.pod.name`, as set by the Kubernetes Operator.
    POD_NAME: Text = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", Text("");
    /// `k8s.pod.uid`, as set by the Kubernetes Operator.
    POD_UID: Text = "OTEL_RESOURCE_ATTRIBUTES_POD_UID", Text("");
    /// `k8s.node.name`, as set by the Kubernetes Operator.
    NODE_NAME: Text = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", Text("");
    /// Set by Kubernetes itself. When it is there, `k8s.namespace.name` is read from the service account.
    KUBERNETES: Text = "KUBERNETES_SERVICE_HOST", Text("");
}
