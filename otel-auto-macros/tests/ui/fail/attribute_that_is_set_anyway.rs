use otel_auto_macros::instrumented;

#[instrumented(attributes(code.function.name = "f", "error.type" = "x"))]
fn f() {}

fn main() {}
