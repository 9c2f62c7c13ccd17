use otel_auto_macros::instrumented;

#[instrumented(level = "debug", skip_all)]
fn f() {}

fn main() {}
