use otel_auto_macros::instrumented;

#[instrumented]
struct S;

#[instrumented]
mod m {}

fn main() {}
