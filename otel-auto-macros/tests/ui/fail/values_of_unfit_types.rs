extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

struct Refused;

#[instrumented(err = |_| 7)]
fn number() -> Result<(), Refused> {
    Err(Refused)
}

#[instrumented(ok_if = |_| "yes")]
fn text() -> Result<(), Refused> {
    Err(Refused)
}

#[instrumented(ok_if = |_| true)]
fn option() -> Option<Refused> {
    None
}

#[instrumented(links = ["00-01-01-01"])]
fn linked() {}

fn main() {}
