use otel_auto_macros::instrumented;

#[instrumented(attributes(user.id, 7 = 7, user. = 1, "" = 2))]
fn f() {}

fn main() {}
