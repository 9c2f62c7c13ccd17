//! Samplers that the SDK does not have: one whose strategy comes from a Jaeger or OpenTelemetry collector.

mod messages;
mod rate;
mod remote;
mod strategy;
#[cfg(test)]
mod tests;

pub(crate) use self::remote::RemoteSampler;
