use otel_auto_macros::instrumented;

struct S;

#[instrumented(name = "s", attributes(a = 1), skip)]
impl S {
    fn a() {}
}

fn main() {}
