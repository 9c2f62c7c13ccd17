extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

#[instrumented(attributes(user = usr))]
fn f(user: &str) {}

fn main() {}
