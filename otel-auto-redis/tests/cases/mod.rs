//! Compiled once for each major version of redis, which the file above names.

pub(crate) mod cluster;
mod conformance;
mod edges;
mod failures;
mod own;
mod pools;
mod pubsub;
mod server;
