//! Panics that abort. A panic that unwinds drops the guard, or ends one thread; nothing needs to be done for it, and
//! nothing may take time: a server may catch a panic per request. What panicked is not recorded here, in no case.

use std::{
    panic::{self, PanicHookInfo},
    sync::Once,
    thread,
};

use super::running;
use crate::subscriber;

/// What the standard library says before it aborts a program that otherwise unwinds. There is no stable way to ask
/// (`PanicHookInfo::can_unwind`); should the words change, such aborts lose what is buffered, as without us.
const NO_UNWIND: [&str; 2] = [
    "panic in a function that cannot unwind",
    "panic in a destructor during cleanup",
];

/// Exports what is buffered before a panic aborts the process, after the hook that was there before.
///
/// A hook that the program sets later replaces this one.
pub(super) fn flush_before_abort() {
    static ONCE: Once = Once::new();
    // A thread that panics must not touch the hook.
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            previous(info);
            if let Some(message) = info.payload().downcast_ref::<String>() {
                subscriber::explain(message);
            }
            if aborts(info) {
                running::end();
            }
        }));
    });
}

fn aborts(info: &PanicHookInfo<'_>) -> bool {
    // `panic = "abort"` is a setting of the whole profile, so it holds for this crate when it does for the program.
    cfg!(panic = "abort")
        || info
            .payload()
            .downcast_ref::<&str>()
            .is_some_and(|message| NO_UNWIND.contains(message))
}
