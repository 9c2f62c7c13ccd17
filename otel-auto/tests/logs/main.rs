//! Log records: those of the crate `log`, the ids that they carry under load, and a storm of them.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../support/mod.rs"]
mod support;

mod correlation;
mod logger;
mod storm;

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(support::CASE) else {
        return;
    };
    match case
        .split_once(' ')
        .map_or(case.as_str(), |(first, _)| first)
    {
        "storm" => storm::run(),
        "serves" => correlation::run(&case),
        _ => logger::run(&case),
    }
}
