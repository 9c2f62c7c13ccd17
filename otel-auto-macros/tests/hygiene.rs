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

#[::otel_auto_macros::instrumented(
    metrics,
    parent = none,
    links = [::otel_auto_core::opentelemetry::Context::new()],
    err = |_| "named",
    ok_if = |_| false
)]
fn all() -> ::core::result::Result<i64, ::core::fmt::Error> {
    ::core::result::Result::Err(::core::fmt::Error)
}

#[::otel_auto_macros::instrumented]
fn future(n: i64) -> impl ::core::future::Future<Output = i64> {
    ::core::future::ready(n)
}

#[::otel_auto_macros::instrumented]
fn boxed(n: i64) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = i64>>> {
    ::std::boxed::Box::pin(::core::future::ready(n))
}

#[::otel_auto_macros::instrumented]
fn stream() -> impl ::futures_util::stream::Stream<Item = ::core::result::Result<i64, ()>> {
    ::futures_util::stream::empty()
}

#[::otel_auto_macros::instrumented(exclude(skipped))]
mod module {
    pub(super) fn skipped() {}
    pub(super) fn inside() -> bool {
        true
    }
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
    let _ = capture.in_scope(all);
    ::core::mem::drop(capture.in_scope(|| (future(1), boxed(1), stream())));
    ::core::assert!(capture.in_scope(module::inside));
    module::skipped();
    let by_hand = capture.in_scope(|| ::otel_auto_core::span!("hand", a.b = 1, b = %2, "c" = ?3,));
    ::core::mem::drop(by_hand);
    ::core::assert_eq!(
        capture.tree_with(&["a", "b", "c"]),
        "x internal a=1 b=1 c=1\nmethod internal\nall internal error\nfuture internal\nboxed internal\n\
         stream internal\ninside internal\nhand internal b=2 c=3\n"
    );
}
