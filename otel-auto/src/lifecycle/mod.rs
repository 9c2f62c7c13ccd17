//! The end of the program: what is buffered is exported, in bounded time, whichever way it ends.
//!
//! | end | what happens |
//! |---|---|
//! | return from `main`, panic in it | the guard is dropped; a guard that is not dropped (in a static, leaked): as below |
//! | `std::process::exit` | an exit handler of the process exports (Unix; elsewhere [`exit`] does) |
//! | SIGTERM, SIGINT | without a handler of the program's: exported, then death by that signal ([`signals`]) |
//! | panic that aborts | the panic hook records it and exports before the abort ([`panics`]) |
//! | `abort`, `_exit`, SIGKILL | nothing can be done |
//!
//! The work is always done by a thread of its own ([`running`]), and waited for no longer than
//! `OTEL_RUST_SHUTDOWN_TIMEOUT`: whoever ends the program may hold any lock, sit in any runtime or in an exporter's
//! callback, and may have lost its thread-locals already.

mod early;
mod panics;
mod running;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod sys;

pub(crate) use early::dropped;
pub(crate) use running::{Running, is_running, start};

use crate::config::Config;

/// What happens when a program ends in other ways than by its guard. Done once per process.
pub(crate) fn prepare(config: &Config) {
    if config.flush_on_panic {
        panics::watch();
    }
    #[cfg(unix)]
    {
        sys::at_exit();
        if config.flush_on_signal {
            // Without a thread to spare the signals do what they always did.
            let _ = signals::watch();
        }
    }
}

/// Exports what is buffered, within `OTEL_RUST_SHUTDOWN_TIMEOUT`, ends telemetry, and exits like
/// [`std::process::exit`].
///
/// On Unix `std::process::exit` itself does all of this after [`init`](crate::init()), so that `exit` only says it out
/// loud. On other systems nothing is exported when a program exits without dropping its guard, unless it exits
/// through here.
///
/// ```no_run
/// let _otel = otel_auto::init!();
/// otel_auto::exit(3);
/// ```
pub fn exit(code: i32) -> ! {
    running::end();
    std::process::exit(code)
}
