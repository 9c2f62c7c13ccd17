use otel_auto_macros::instrumented;

trait T {
    #[instrumented]
    fn f();
}

fn main() {}
