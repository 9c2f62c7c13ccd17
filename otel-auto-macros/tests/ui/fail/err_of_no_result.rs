use otel_auto_macros::instrumented;

#[instrumented(err = none)]
fn nothing() {}

#[instrumented(ok_if = |_| true)]
async fn number() -> u32 {
    1
}

#[instrumented(parent = some, returns = "iterator", err)]
fn words() -> Result<(), ()> {
    Ok(())
}

#[instrumented(returns = "value")]
async fn asynchronous() {}

fn main() {}
