use otel_auto_macros::instrumented;

#[instrumented(
    name = 7,
    kind = "servant",
    attributes(user.id id, code.line.number = 1, a = 1, "a" = 2),
    attributes(),
    level = "debug",
)]
fn f(id: u32) {}

fn main() {}
