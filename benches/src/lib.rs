//! What the HTTP server layer costs, beside the bare call, a hand-written floor and a peer.
//!
//! One [operation] is `GET /users/{id}` through an axum `Router`, with the response's body read to its end.
//! A [`Stack`] is what is layered around the router, a [`Mode`] what is installed and who asks. Everything runs on
//! the calling thread and is always ready, so that instructions and allocations are the same in each run.

pub mod allocations;
pub mod functions;
mod machine;
mod mode;
pub mod operation;
pub mod ours;
pub mod relay;
mod sdk;
mod sink;
mod stacks;
pub mod table;

pub use machine::machine;
pub use mode::{Mode, Requests};
pub use sdk::Sdk;
pub use stacks::Stack;
