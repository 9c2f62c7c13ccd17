//! Sends the conformance kit's HTTP requests to our layer and to others, and prints which rules each breaks.

mod actix;
mod axum;
// The very routes that our own test serves.
#[path = "../../../otel-auto-tower/tests/conformance/axum_routes.rs"]
mod axum_routes;
mod install;
mod servers;
mod table;

use std::env;

use otel_auto_testing::conformance::{Report, http_server};

const USAGE: &str = "\
usage: peers [NAME]   prints the rules side by side; with a NAME, all that this one breaks, case by case";

// Peers that work through `tracing` get their subscriber by thread.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Panics are a part of the cases.
    std::panic::set_hook(Box::new(|_| ()));
    let wanted = env::args().nth(1);
    if wanted
        .as_deref()
        .is_some_and(|wanted| !servers::NAMES.contains(&wanted))
    {
        println!("{USAGE}\n\nnames: {}", servers::NAMES.join(", "));
        return;
    }
    let mut reports: Vec<(&'static str, Report)> = Vec::new();
    for name in servers::NAMES {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            let report = match name {
                "actix" => http_server::run(&actix::Actix).await,
                _ => http_server::run(&axum::Axum(name)).await,
            };
            reports.push((name, report));
        }
    }
    match &reports[..] {
        [(_, report)] => print!("{report}"),
        _ => print!("{}", table::table(&reports)),
    }
}
