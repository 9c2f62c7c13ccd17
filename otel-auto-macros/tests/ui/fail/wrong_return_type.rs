extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

#[instrumented]
fn sync() -> u32 {
    "text"
}

#[instrumented]
async fn asynchronous() -> u32 {
    "text"
}

#[instrumented]
async fn nothing() -> u32 {}

#[instrumented]
async fn unit() {
    1
}

#[instrumented]
async fn converted() -> Result<u32, std::fmt::Error> {
    let number: u32 = "1".parse()?;
    Ok(number)
}

fn main() {}
