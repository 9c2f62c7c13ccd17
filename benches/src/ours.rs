//! otel-auto as a program has it.
#![allow(unsafe_code)] // The environment cannot be set without.

use otel_auto::Telemetry;

use crate::{Mode, sink};

/// Sets it up from the environment, as a program does, but that nothing is exported because of the time or of a full
/// queue. To be called once in a process, before there is another thread. Logs are off.
pub fn init(mode: Mode) -> Telemetry {
    let receiver = format!("http://{}", sink::start());
    let sampler = match mode.sampling() {
        Some(otel_auto_core::Sampling::ParentBased) => "parentbased_always_on",
        _ => "parentbased_always_off",
    };
    let metrics = if mode.measures() { "otlp" } else { "none" };
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.as_str()),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", metrics),
        ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
        ("OTEL_TRACES_SAMPLER", sampler),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "32768"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32768"),
    ];
    for (name, value) in variables {
        // SAFETY: the only other thread is the receiver's, which does not look at the environment.
        unsafe { std::env::set_var(name, value) };
    }
    otel_auto::builder().without_subscriber().init()
}
