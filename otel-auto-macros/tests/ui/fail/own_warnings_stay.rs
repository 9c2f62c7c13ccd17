#![deny(warnings)]

extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

#[instrumented]
fn sync(argument: u32) -> u32 {
    let mut variable = 1;
    return 2;
}

#[instrumented]
async fn asynchronous(argument: u32) -> Result<u32, std::fmt::Error> {
    let variable = 1;
    sync(1) == 2;
    loop {}
    Ok(1)
}

fn main() {
    sync(1);
    drop(asynchronous(1));
}
