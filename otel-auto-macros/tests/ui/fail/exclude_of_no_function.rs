use otel_auto_macros::instrumented;

struct S;

#[instrumented(exclude(a, b, a))]
impl S {
    fn a() {}
}

fn main() {}
