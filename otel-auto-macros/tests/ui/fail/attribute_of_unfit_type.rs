extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

struct User;

#[instrumented(attributes(user = user))]
fn f(user: &User) {}

fn main() {}
