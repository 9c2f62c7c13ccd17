//! Why does nothing arrive? Looks at everything between an instrumented call and the receiver, and says what it found,
//! with the fix. A check per file; each looks at the thing itself where it can: the installed propagators, the sampler
//! that runs, an export to the endpoint.

mod check;
mod controls;
mod counters;
mod endpoints;
mod instrumentations;
mod names;
pub(crate) mod observed;
mod propagation;
mod sampling;
mod settings;
mod subscriber;
mod versions;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_auto_core::Providers;

use crate::{
    config::{Config, env, resource::Fallback, warning::Warning},
    diagnostics,
    exporters::otlp::Exports,
    providers::Sdk,
};
use check::Check;

/// Looks for what keeps telemetry from arriving: settings and where each comes from, misspelt variables, a real
/// (empty) export to every endpoint, propagators, the `tracing` subscriber, the sampler, duplicate crates,
/// instrumentations that met nothing, and what was counted so far.
///
/// ```
/// let _otel = otel_auto::init!();
/// let diagnosis = otel_auto::diagnose();
/// eprintln!("{diagnosis}");
/// ```
///
/// It may be called at any time and anywhere, best after some work was done. It blocks its thread while the endpoints
/// are tried, for 7 seconds at most; in async code give it a thread that may block. `OTEL_RUST_DIAGNOSE=1` prints
/// the same report on stderr right after `init()`.
///
/// Credentials are masked. What it tells besides (hosts, names of headers, attributes) is for the operator of the
/// program, not for its users.
#[must_use = "a diagnosis is to be read"]
pub fn diagnose() -> Diagnosis {
    Subject::new().examine()
}

/// What [`diagnose`] found: displayed as a report of several lines, without a line break at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    checks: Vec<Check>,
}

impl Diagnosis {
    /// Was no problem found?
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problems() == 0
    }

    fn problems(&self) -> usize {
        self.checks.iter().map(Check::problems).sum()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        match self.problems() {
            0 => write!(f, "otel-auto {version} diagnosis: no problem found")?,
            1 => write!(f, "otel-auto {version} diagnosis: 1 problem")?,
            many => write!(f, "otel-auto {version} diagnosis: {many} problems")?,
        }
        self.checks
            .iter()
            .try_for_each(|check| write!(f, "\n{check}"))
    }
}

/// What `init()` made, for as long as it runs.
#[derive(Clone)]
struct Running {
    config: Config,
    /// What the builder set, by name.
    set_in_code: Vec<String>,
    exports: Exports,
    traces: Option<SdkTracerProvider>,
    providers: Option<Providers>,
}

enum State {
    NotStarted,
    Started(Box<Running>),
    Ended,
}

static STATE: Mutex<State> = Mutex::new(State::NotStarted);
/// The end of the report that `init()` asked for.
static REPORT: Mutex<Option<mpsc::Receiver<()>>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes ready what the returned function remembers, once it is set up.
pub(crate) fn prepare(
    sdk: &Sdk,
    config: &Config,
    set_in_code: Vec<String>,
) -> impl FnOnce() + use<> {
    let (config, exports, traces) = (config.clone(), sdk.exports.clone(), sdk.traces.clone());
    move || {
        *lock(&STATE) = State::Started(Box::new(Running {
            config,
            set_in_code,
            exports,
            traces,
            providers: Providers::installed(),
        }));
    }
}

/// Prints the report on a thread of its own.
pub(crate) fn report_in_background() {
    let (done, ended) = mpsc::channel();
    let spawned = thread::Builder::new()
        .name("otel-auto-diagnose".to_owned())
        .spawn(move || {
            diagnostics::print(&diagnose());
            let _ = done.send(());
        });
    if spawned.is_ok() {
        *lock(&REPORT) = Some(ended);
    }
}

/// Before anything of telemetry is taken away: a report that is under way is waited for, so that it can be had of a
/// short program too. Gives what is left of the time.
pub(crate) fn wait(limit: Duration) -> Duration {
    let begin = Instant::now();
    // Not waited for with the lock held.
    let under_way = lock(&REPORT).take();
    if let Some(ended) = under_way {
        let _ = ended.recv_timeout(limit);
    }
    limit.saturating_sub(begin.elapsed())
}

/// Telemetry ends.
pub(crate) fn ended() {
    let mut state = lock(&STATE);
    let running = match &*state {
        State::Started(_) => std::mem::replace(&mut *state, State::Ended),
        State::NotStarted | State::Ended => return,
    };
    // Not dropped with the lock held.
    drop(state);
    drop(running);
}

/// What is looked at.
struct Subject {
    config: Config,
    warnings: Vec<Warning>,
    running: Option<Running>,
    ended: bool,
}

impl Subject {
    fn new() -> Self {
        let (from_env, warnings) = Config::from_env(&env::process, Fallback::default());
        let (running, ended) = match &*lock(&STATE) {
            State::NotStarted => (None, false),
            State::Started(running) => (Some((**running).clone()), false),
            State::Ended => (None, true),
        };
        Self {
            config: running
                .as_ref()
                .map_or(from_env, |running| running.config.clone()),
            warnings,
            running,
            ended,
        }
    }

    fn examine(&self) -> Diagnosis {
        Diagnosis {
            checks: vec![
                self.life(),
                settings::check(self),
                names::check(),
                endpoints::check(&self.config),
                propagation::check(self),
                subscriber::check(self),
                sampling::check(self),
                versions::check(self),
                instrumentations::check(self),
                counters::check(self),
            ],
        }
    }

    fn life(&self) -> Check {
        let mut check = Check::new("telemetry");
        if self.ended {
            check.problem(
                "it was set up, and has ended: keep the guard of init() until the end of main \
                 (`let _otel = …`, not `let _ = …`)",
            );
        } else if self.running.is_none() {
            check.problem("it is not set up: call otel_auto::init!() first in main");
        } else if self.config.disabled {
            check.problem("it is off: OTEL_SDK_DISABLED=true");
        } else {
            check.good("it is set up");
        }
        let here = tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor());
        if let Ok(flavour) = here {
            check.note(format!(
                "called in a tokio runtime ({flavour:?}); exports have a thread and runtime of their own"
            ));
        }
        check
    }
}
