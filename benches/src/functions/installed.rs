//! What a way needs, installed.
#![allow(unsafe_code)] // The environment cannot be set without.

use otel_auto::Telemetry;
use tracing_subscriber::prelude::*;

use super::{State, Way, sink};
use crate::{Mode, Sdk};

/// What was installed for a way, for the rest of the process.
#[derive(Debug)]
pub struct Installed(What);

#[derive(Debug)]
enum What {
    Nothing,
    Sdk(Sdk),
    Ours(Telemetry),
}

impl Installed {
    /// Installs it. To be called once, before there is another thread.
    #[must_use]
    pub fn new(way: Way, state: State) -> Self {
        let mode = match state {
            State::None => return Self(What::Nothing),
            State::Off => Mode::Off,
            State::On => Mode::Traces,
        };
        Self(match way {
            Way::Bare => What::Nothing,
            Way::ByHand => What::Sdk(Sdk::install(mode)),
            Way::Tracing => {
                let sdk = Sdk::install(mode);
                let tracer = sdk.tracer().expect("there are traces");
                let layer = tracing_opentelemetry::layer().with_tracer(tracer);
                tracing_subscriber::registry().with(layer).init();
                What::Sdk(sdk)
            }
            Way::TracingOurs | Way::Bridged => {
                tracing_subscriber::registry()
                    .with(otel_auto::tracing_layer())
                    .init();
                What::Ours(init(state))
            }
            Way::Instrumented => What::Ours(init(state)),
        })
    }

    /// Empties the queue of spans.
    pub fn flush(&self) {
        match &self.0 {
            What::Nothing => {}
            What::Sdk(sdk) => sdk.flush(),
            What::Ours(telemetry) => telemetry.flush(),
        }
    }
}

/// otel-auto as a program has it, but that nothing is exported because of the time or of a full queue.
fn init(state: State) -> Telemetry {
    let receiver = format!("http://{}", sink::start());
    let sampler = if state == State::Off {
        "parentbased_always_off"
    } else {
        "parentbased_always_on"
    };
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.as_str()),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
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
