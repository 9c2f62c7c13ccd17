//! Panics. Each is recorded as an exception, bound to the span that is current where it happened: `ERROR`, as somebody may
//! catch it, or `FATAL` if it aborts the process. Whether a panic that unwinds ends the program, nobody knows before it
//! has: one that does drops the guard on its way out of `main`. So nothing is exported for it, and nothing takes time: a
//! server may catch a panic per request. One that aborts is the last that is heard of the process.

use std::{
    any::Any,
    backtrace::Backtrace,
    panic::{self, PanicHookInfo},
    sync::Once,
    thread,
};

use otel_auto_core::Panic;

use super::running;
use crate::subscriber;

/// What the standard library says before it aborts a program that otherwise unwinds. There is no stable way to ask
/// (`PanicHookInfo::can_unwind`); should the words change, such aborts lose what is buffered, as without us.
const NO_UNWIND: [&str; 2] = [
    "panic in a function that cannot unwind",
    "panic in a destructor during cleanup",
];

/// Records panics, and exports what is buffered before one aborts the process, after the hook that was there before.
///
/// A hook that the program sets later replaces this one, unless it calls it.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    // A thread that panics must not touch the hook.
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            previous(info);
            let aborts = aborts(info);
            record(info, aborts);
            if let Some(message) = info.payload().downcast_ref::<String>() {
                subscriber::explain(message);
            }
            if aborts {
                running::end();
            }
        }));
    });
}

fn record(info: &PanicHookInfo<'_>, is_fatal: bool) {
    // As `RUST_BACKTRACE` and `RUST_LIB_BACKTRACE` say; it is dear, and so is the one that the default hook prints.
    let backtrace = Backtrace::capture();
    let place = info.location();
    Panic {
        message: message(info.payload()),
        place: place.map(|place| (place.file(), place.line())),
        backtrace: Some(&backtrace),
        is_fatal,
    }
    .record();
}

/// `panic_any` may throw anything, which says nothing.
fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    match payload.downcast_ref::<&str>() {
        Some(message) => Some(message),
        None => payload.downcast_ref::<String>().map(String::as_str),
    }
}

fn aborts(info: &PanicHookInfo<'_>) -> bool {
    // `panic = "abort"` is a setting of the whole profile, so it holds for this crate when it does for the program.
    cfg!(panic = "abort")
        || message(info.payload()).is_some_and(|message| NO_UNWIND.contains(&message))
}
