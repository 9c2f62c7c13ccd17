use otel_auto_macros::instrumented;

struct S;

#[instrumented(exclude(d))]
impl S {
    #[instrumented(kind = "servant")]
    fn a() {}

    #[instrumented]
    #[instrumented]
    fn b() {}

    #[instrumented]
    const fn c() {}

    #[instrumented]
    fn d() {}

    #[instrumented = "e"]
    fn e() {}

    #[instrumented(exclude(a))]
    fn f() {}
}

fn main() {}
