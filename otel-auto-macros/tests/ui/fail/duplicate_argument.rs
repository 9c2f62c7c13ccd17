use otel_auto_macros::instrumented;

#[instrumented(name = "a", kind = "client", name = "b")]
fn f() {}

fn main() {}
