//! Expansions name everything by its full path: here nothing is in scope, and the names they could use mean other
//! things.
#![no_implicit_prelude]
#![allow(
    dead_code,
    unused_macros,
    non_camel_case_types,
    clippy::all,
    clippy::unused_self
)]

extern crate self as otel_auto;

#[path = "support/private.rs"]
pub mod __private;

mod core {}
mod std {}
struct Result;
struct Option;
struct Some;
struct String;
struct Function;
struct operation;
struct attributes;
trait ToString {}
trait Clone {}
macro_rules! concat {
    () => {};
}
macro_rules! line {
    () => {};
}
macro_rules! format {
    () => {};
}

#[::otel_auto_macros::instrumented(name = "x", attributes(a = n, b = %n, c = ?n))]
fn sync(n: i64) -> ::core::result::Result<i64, ::core::fmt::Error> {
    let value = n;
    ::core::result::Result::Ok(value)
}

#[::otel_auto_macros::instrumented(kind = "client", attributes(a = n, b = %n, c = ?n))]
async fn asynchronous(n: i64) -> ::core::result::Result<i64, ::core::fmt::Error> {
    sync(n)
}

struct Type;

#[::otel_auto_macros::instrumented(exclude(other))]
impl Type {
    fn method(&self) {}
    fn other() -> ! {
        loop {}
    }
    async fn forever(self) -> ! {
        loop {}
    }
}

#[test]
fn spans_are_recorded_in_a_hostile_scope() {
    let capture = ::otel_auto_testing::Capture::new();
    let _ = capture.in_scope(|| sync(1));
    capture.in_scope(|| Type.method());
    ::core::assert_eq!(
        capture.tree_with(&["a", "b", "c"]),
        "x internal a=1 b=1 c=1\nmethod internal\n"
    );
}
