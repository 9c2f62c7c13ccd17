//! What safe Rust has no words for: work at the process's exit, and the action of a signal. All of it is calls of libc.
#![allow(unsafe_code)]

use std::{
    mem::{self, MaybeUninit},
    os::{fd::IntoRawFd, unix::net::UnixStream},
    panic, process, ptr,
    sync::{
        Once,
        atomic::{AtomicI32, AtomicU32, Ordering},
    },
};

use libc::c_int;

use super::running;

/// Where the handler tells of a signal, and the process in which somebody listens there.
static LISTENER: AtomicI32 = AtomicI32::new(-1);
static LISTENING: AtomicU32 = AtomicU32::new(0);

/// Ends telemetry when the process exits: `main` has returned, or somebody called `exit`. Not after `_exit` or `abort`.
pub(super) fn at_exit() {
    extern "C" fn end() {
        // To unwind out of here is to abort. The exiting thread's thread-locals may be gone.
        let _ = panic::catch_unwind(running::end);
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `atexit` keeps a pointer to a function that is never unloaded before it is called: a library that is
        // unloaded has its exit handlers called first.
        unsafe {
            libc::atexit(end);
        }
    });
}

/// What a signal does in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposition {
    Default,
    /// Our handler is the one that the system calls.
    Ours,
    /// Somebody else's handler is, which may call ours; or the signal is ignored.
    Other,
}

pub(super) fn disposition(signal: c_int) -> Disposition {
    let mut current = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null action changes nothing, and `current` is a valid place to write to. Zeros are a valid
    // `sigaction`, so that it is initialised whether or not the call succeeds.
    let (result, current) = unsafe {
        let result = libc::sigaction(signal, ptr::null(), current.as_mut_ptr());
        (result, current.assume_init())
    };
    match current.sa_sigaction {
        _ if result != 0 => Disposition::Other,
        libc::SIG_DFL => Disposition::Default,
        handler if handler == handler_address() => Disposition::Ours,
        _ => Disposition::Other,
    }
}

/// Is anybody in this process told of signals?
pub(super) fn is_watching(process: u32) -> bool {
    LISTENING.load(Ordering::Acquire) == process
}

/// Sends the number of each of these signals to `listener`, as one byte.
pub(super) fn watch(listener: UnixStream, process: u32, signals: &[c_int]) {
    // Never closed: a handler may run until the process is gone.
    LISTENER.store(listener.into_raw_fd(), Ordering::Release);
    LISTENING.store(process, Ordering::Release);
    for signal in signals {
        set_action(*signal, handler_address());
    }
}

/// Ends the process by a signal's default action, unless somebody else handles the signal by now.
pub(super) fn die_by(signal: c_int) {
    if disposition(signal) == Disposition::Ours {
        set_action(signal, libc::SIG_DFL);
        // SAFETY: no memory is involved.
        unsafe {
            libc::kill(libc::getpid(), signal);
        }
    }
}

fn handler_address() -> libc::sighandler_t {
    on_signal as extern "C" fn(c_int) as *const () as libc::sighandler_t
}

fn set_action(signal: c_int, action: libc::sighandler_t) {
    // SAFETY: zeros are a valid `sigaction` with an empty mask; `action` is the default or `on_signal`, which takes one
    // argument, as it must without SA_SIGINFO.
    unsafe {
        let mut new: libc::sigaction = mem::zeroed();
        libc::sigemptyset(&mut new.sa_mask);
        new.sa_sigaction = action;
        // As std and signal-hook do: interrupted calls go on. The other stack, if a thread has one, may be larger.
        new.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigaction(signal, &new, ptr::null_mut());
    }
}

/// Runs between any two instructions of the program, so it calls nothing but what POSIX lists as safe there
/// (`sigaction`, `getpid`, `write`, `kill`): no allocation, no lock, no panic.
extern "C" fn on_signal(signal: c_int) {
    let errno = errno::errno();
    if disposition(signal) == Disposition::Ours {
        if is_watching(process::id()) {
            let number = signal as u8;
            // SAFETY: one byte is read from a live place. The socket does not block; if it is full, enough has been
            // said.
            unsafe {
                libc::write(
                    LISTENER.load(Ordering::Acquire),
                    ptr::from_ref(&number).cast(),
                    1,
                );
            }
        } else {
            // A child between fork and exec: the listener would be its parent's.
            die_by(signal);
        }
    }
    errno::set_errno(errno);
}
