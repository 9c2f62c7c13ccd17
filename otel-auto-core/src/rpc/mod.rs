//! The RPC conventions for gRPC, server and client: spans and metrics (semantic conventions, `docs/rpc`).

mod call;
mod client;
mod code;
mod methods;
mod server;
mod state;

pub use call::RpcCall;
pub use client::RpcClient;
pub use code::Code;
pub use server::RpcServer;
pub use state::RpcState;

use std::borrow::Cow;

use crate::{Attributes, Duration, Ending, Outcome, Settings, http::BOUNDARIES, semconv};

/// `rpc.system.name`, and the name of a span whose method is not known.
const SYSTEM: &str = "grpc";

const SERVER_DURATION: Duration = Duration {
    name: semconv::metric::RPC_SERVER_CALL_DURATION,
    description: "Measures the duration of an incoming Remote Procedure Call (RPC).",
    boundaries: &BOUNDARIES,
};

const CLIENT_DURATION: Duration = Duration {
    name: semconv::metric::RPC_CLIENT_CALL_DURATION,
    description: "Measures the duration of an outgoing Remote Procedure Call (RPC).",
    boundaries: &BOUNDARIES,
};

fn is_excluded(name: &str, call: &dyn RpcCall, settings: &Settings) -> bool {
    let excluded = settings.rpc.excluded_methods.of(name);
    excluded.is_some_and(|excluded| excluded.is_match(call.method()))
}

/// What both sides say of a call's end. The description is the status's message, or what the library says of its error.
fn ending(
    state: &mut RpcState,
    name: Option<&'static str>,
    error_type: Option<Cow<'static, str>>,
    outcome: &Outcome<'_>,
    attributes: &mut Attributes,
) -> Ending {
    let mut ending = Ending::default();
    if let Some(error_type) = error_type {
        attributes.add(semconv::ERROR_TYPE, error_type);
        ending = Ending::error(match outcome {
            Outcome::Failed(failure) => failure
                .description
                .filter(|_| attributes.is_recording())
                .map(ToString::to_string),
            _ => state.take_message(),
        });
    }
    ending.name = name.map(Cow::Borrowed);
    ending
}

#[cfg(test)]
mod tests;
