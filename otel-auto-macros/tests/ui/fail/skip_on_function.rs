use otel_auto_macros::instrumented;

#[instrumented(skip)]
fn f() {}

fn main() {}
