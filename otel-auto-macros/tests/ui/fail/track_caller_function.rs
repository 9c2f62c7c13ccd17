use otel_auto_macros::instrumented;

#[instrumented]
#[track_caller]
fn f() {}

fn main() {}
