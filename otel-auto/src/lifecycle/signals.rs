//! SIGTERM and SIGINT.
//!
//! The rule: **we act on a signal only if ours is the handler that the system called**. At `init()` a handler is
//! installed for a signal that has its default action, and for no other: what a program handles, or ignores (`nohup`),
//! stays its own. A handler that the program installs later takes our place in the system, and may call ours as its
//! predecessor (`tokio::signal` and `signal-hook` do); ours then sees that it is not the one that is installed, and does
//! nothing. So a graceful shutdown of the program's works the same with us, installed before or after.
//!
//! Where ours is the one, a thread exports what is buffered while the program goes on, puts the default action back,
//! and raises the signal again: the parent sees a death by that signal. Repeating the signal does not hurry it; it ends
//! within `OTEL_RUST_SHUTDOWN_TIMEOUT`.
//!
//! Limits. A program that handles the signal, and then dies of it by default or calls `_exit` without dropping the
//! guard, loses what is buffered. A library that refuses to install a handler over another one
//! (`ctrlc::try_set_handler`) must come before `init()`. The first process of a container ignores signals with the
//! default action; there we export, and it goes on, as it would without us. Other signals are left alone.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    process, thread,
};

use super::{
    running,
    sys::{self, Disposition},
};

/// Whose default action is to end the process, and which are sent to end it.
const SIGNALS: [i32; 2] = [libc::SIGTERM, libc::SIGINT];

/// Handles the signals that nobody else does.
pub(super) fn watch() -> io::Result<()> {
    // A forked child has inherited the handlers, but not the thread.
    if sys::is_watching(process::id()) {
        return Ok(());
    }
    let free: Vec<_> = SIGNALS
        .into_iter()
        .filter(|signal| sys::disposition(*signal) != Disposition::Other)
        .collect();
    if free.is_empty() {
        return Ok(());
    }
    let (mut signals, handler) = UnixStream::pair()?;
    handler.set_nonblocking(true)?;
    thread::Builder::new()
        .name("otel-auto-signal".to_owned())
        .spawn(move || {
            let mut signal = [0];
            while signals.read_exact(&mut signal).is_ok() {
                deliver(i32::from(signal[0]));
            }
        })?;
    sys::watch(handler, process::id(), &free);
    Ok(())
}

fn deliver(signal: i32) {
    if process::id() == 1 {
        running::flush();
    } else {
        running::end();
        sys::die_by(signal);
    }
}
