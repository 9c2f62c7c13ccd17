//! Samplers that the SDK does not have: one whose strategy comes from a Jaeger or OpenTelemetry collector, and one that
//! leaves out what the settings exclude.

mod excluding;
mod messages;
mod rate;
mod remote;
mod strategy;
#[cfg(test)]
mod tests;

pub(crate) use self::{excluding::Excluding, remote::RemoteSampler};
