//! `let _ = init!()` drops the guard in the statement that made it, and the program runs on without telemetry. That
//! is said once, but not to a program that is merely quick, ends its telemetry on purpose, or sets it up again.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use super::is_running;
use crate::diagnostics::say;

/// No program does anything worth recording in less; a guard that lived no longer was not bound to a name.
const SAME_STATEMENT: Duration = Duration::from_millis(50);
/// A program that ends sooner has lost nothing.
const LIVES_ON: Duration = Duration::from_secs(1);

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// A guard was dropped when it was this old.
pub(crate) fn dropped(age: Duration) {
    let count = DROPPED.fetch_add(1, Ordering::Relaxed) + 1;
    if age >= SAME_STATEMENT {
        return;
    }
    let tell = move || {
        thread::sleep(LIVES_ON);
        if !is_running() && DROPPED.load(Ordering::Relaxed) == count {
            say(
                "the guard was dropped as soon as init() had made it, which ended telemetry: keep it until the end \
                 of main, as in `let _otel = otel_auto::init!();` (`let _ =` drops it at once)",
            );
        }
    };
    let _ = thread::Builder::new()
        .name("otel-auto-early".to_owned())
        .spawn(tell);
}
