#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cases;
mod conventions;
mod generator;
mod hostile;
mod leaks;
mod summaries;
