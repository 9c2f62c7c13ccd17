use otel_auto_macros::instrumented;

#[instrumented(kind = "servant")]
fn f() {}

fn main() {}
