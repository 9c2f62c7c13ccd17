use otel_auto_macros::instrumented;

#[instrumented]
const fn f() {}

fn main() {}
