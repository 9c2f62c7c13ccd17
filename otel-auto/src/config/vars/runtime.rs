//! Metrics that nobody records: of the process and of its runtimes.

use super::*;

variables! { RUNTIME = "Process and runtimes";
    /// `false` leaves `process.*` metrics out: CPU time, memory, threads, file descriptors and more, on Unix.
    PROCESS_METRICS: Switch = "OTEL_RUST_PROCESS_METRICS_ENABLED", Switch;
    /// `true` adds `process.cpu.utilization`, which the conventions leave out unless it is asked for.
    PROCESS_CPU_UTILIZATION: Flag = "OTEL_RUST_PROCESS_CPU_UTILIZATION_ENABLED", Flag("false");
    /// `false` leaves `tokio.*` metrics out: those of the runtime that `init()` is called in, and of those that
    /// `otel_auto::observe_runtime` is given.
    RUNTIME_METRICS: Switch = "OTEL_RUST_RUNTIME_METRICS_ENABLED", Switch;
}
