//! What a way needs, installed.

use otel_auto::Telemetry;
use tracing_subscriber::prelude::*;

use super::{State, Way};
use crate::{Mode, Sdk, ours};

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
                What::Ours(ours::init(mode))
            }
            Way::Instrumented => What::Ours(ours::init(mode)),
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
