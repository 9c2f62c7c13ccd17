#![deny(
    warnings,
    unused,
    future_incompatible,
    let_underscore_drop,
    unused_qualifications,
    single_use_lifetimes
)]
#![deny(
    unused_lifetimes,
    unused_results,
    redundant_lifetimes,
    trivial_casts,
    unreachable_pub,
    clippy::all
)]
#![forbid(unsafe_code)]

extern crate self as otel_auto;

#[allow(unused_imports, unreachable_pub)]
#[path = "../../support/private.rs"]
mod __private;

use otel_auto_macros::instrumented;

use std::{fmt::Error, future::Future, pin::Pin};

struct Type;

#[instrumented]
impl Type {
    fn nothing(&self) {}

    fn number(&self) -> u32 {
        1
    }

    fn result(&self, text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }

    fn never(&self) -> ! {
        std::process::exit(self.number() as i32 - 1)
    }

    fn returns(&self) -> Result<(), Error> {
        return Err(Error);
    }

    async fn later_nothing(&self) {}

    async fn later_number(&self) -> u32 {
        1
    }

    async fn later_result(&self, mut text: String) -> Result<String, Error> {
        text.push('a');
        Ok(text)
    }

    async fn later_never(&self) -> ! {
        loop {
            std::future::pending::<()>().await;
        }
    }

    async fn later_panic(&self) -> Result<u32, Error> {
        todo!()
    }

    fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u32> + 'a>> {
        Box::pin(async move { self.number() })
    }

    fn future(&self) -> impl Future<Output = Result<(), Error>> {
        async { self.returns() }
    }
}

fn main() {
    Type.nothing();
    let _ = Type.result("1");
    drop(Type.later_nothing());
    drop(Type.later_number());
    drop(Type.later_result(String::new()));
    drop(Type.later_never());
    drop(Type.later_panic());
    drop(Type.boxed());
    drop(Type.future());
    Type.never();
}
