//! What holds for each major version of reqwest: `crate::subject` is what is tested, `reqwest` the version.

mod common;
mod conformance;
mod errors;
mod layer;
mod middleware;
mod propagation;
mod send;
mod settings;
