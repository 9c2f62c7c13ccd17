//! The demo: a front service asks a prefecture population API, and one trace goes through both.
//!
//! ```text
//!            ┌───────┐  HTTP   ┌────────────────┐
//!   you ──▸  │ front │ ──────▸ │ population API │ ──▸ SQL: prefecture ↔ population
//!            └───┬───┘         └───────┬────────┘
//!              Redis               memcached
//! ```
//!
//! - `cargo run -p population` starts both, sends them a few requests, draws each trace and a table of metrics, and
//!   ends. It needs no servers: SQLite stands in for MySQL, and small caches of its own for Redis and memcached.
//! - `cargo run -p population -- --serve` keeps them running, for requests of yours, until Ctrl-C.
//! - `REDIS_URL` (`redis://host:port`), `MEMCACHED_URL` (`memcached://host:port`) and `DATABASE_URL` (`mysql://…` or
//!   `sqlite:…`), each on its own, name the real ones.
//! - All `OTEL_*` variables hold for both services. If they say where traces or metrics go, these go there instead of
//!   being drawn here. `OTEL_SERVICE_NAME` names the front service, `FRONT_SERVICE` by default; the API is always
//!   `POPULATION_API`, because two services of one name would look like one.
//!
//! Read [`front`] first, then [`api`]: they are what a program with otel-auto looks like. The rest is stage machinery.

mod api;
mod data;
mod error;
mod front;
mod runner;
mod service;
mod standin;

const USAGE: &str = "usage: population [--serve]";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => runner::demo().await,
        ["--serve"] => runner::serve().await,
        // What the runner starts.
        ["front"] => front::run().await,
        ["api"] => api::run().await,
        _ => anyhow::bail!(USAGE),
    }
}
