use otel_auto_macros::instrumented;

#[instrumented(exclude(f))]
fn f() {}

fn main() {}
