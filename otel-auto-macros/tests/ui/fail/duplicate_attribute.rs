use otel_auto_macros::instrumented;

#[instrumented(attributes(user.id = 1, "user.id" = 2, user.name = "x", user.name = "y"))]
fn f() {}

fn main() {}
