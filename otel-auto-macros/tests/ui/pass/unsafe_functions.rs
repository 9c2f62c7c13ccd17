#![deny(warnings)]

extern crate self as otel_auto;

#[path = "../../support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

/// # Safety
///
/// `pointer` is valid.
#[instrumented]
pub unsafe fn read(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

/// # Safety
///
/// `pointer` is valid.
#[instrumented]
pub async unsafe fn read_later(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

fn main() {
    assert_eq!(unsafe { read(&1) }, 1);
    let _ = unsafe { read_later(&1) };
}
