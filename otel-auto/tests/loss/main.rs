//! Nothing is lost in silence: the loss matrix (rows T1 to T19: what a Rust service loses with the crates that there
//! were), the ends of a program, and a receiver that never answers. Each case is a process of its own, this program run
//! again with one of [`cases`].
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod black_hole;
mod cases;
mod ends;
mod matrix;
mod program;
mod signals;

/// What the child processes do.
#[test]
fn case() {
    if let Ok(case) = std::env::var(program::CASE) {
        cases::run(&case);
    }
}
