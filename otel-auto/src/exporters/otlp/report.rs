//! Tells the user what goes wrong: one sentence per signal and cause in each window, one when it works again, and
//! one at exit for what could not be sent. It bypasses the application's logging, which may be what is failing.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::diagnostics;

use super::{
    Signal,
    endpoint::Endpoint,
    failure::{Cause, Failure},
    response::Accepted,
};

#[cfg(test)]
mod tests;

/// What keeps a repeated failure from filling the terminal.
const WINDOW: Duration = Duration::from_secs(5);
const SIGNALS: [Signal; 3] = Signal::ALL;

/// Reports of all three signals.
pub(crate) struct Report {
    window: Duration,
    sink: Box<dyn Fn(&str) + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    exiting: bool,
    signals: [Trouble; 3],
}

/// What is known of one signal, and what of it has been said.
#[derive(Default)]
struct Trouble {
    /// Causes that were told within the window.
    told: Vec<(Cause, Instant)>,
    /// A failure was told, and no recovery since.
    failing: bool,
    /// Lost since the last success.
    lost: u64,
    /// Lost, and not told yet.
    unsaid: u64,
    /// Rejected by a receiver that took the rest, and not told yet.
    rejected: u64,
    /// Where the last untold items could not go, and why.
    last: Option<Last>,
    /// Dropped before any export, since the queue was full, and not told yet; and that queue's size.
    overflowed: u64,
    capacity: u64,
    overflow_told: Option<Instant>,
    counts: Counts,
}

/// The last failure of a signal.
#[derive(Clone, PartialEq, Eq)]
struct Last {
    origin: String,
    url: String,
    why: String,
}

/// What has become of one signal's items since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) exported: u64,
    pub(crate) lost: u64,
    pub(crate) rejected: u64,
    /// The last failure, in a sentence.
    pub(crate) last_error: Option<String>,
}

impl Report {
    /// `sink` takes whole sentences without a line break; it is called on export threads, and with no lock held.
    pub(crate) fn new(window: Duration, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            window,
            sink: Box::new(sink),
            state: Mutex::default(),
        }
    }

    /// To standard error. That it may be closed is no reason to fail.
    pub(crate) fn to_stderr() -> Self {
        Self::new(WINDOW, diagnostics::report)
    }

    /// Another attempt follows, nothing is lost yet.
    pub(super) fn retrying(
        &self,
        signal: Signal,
        endpoint: &Endpoint,
        failure: &Failure,
        waiting: u64,
    ) {
        let line = {
            let mut state = self.lock();
            if state.exiting {
                return;
            }
            let trouble = state.of(signal);
            if !trouble.may_tell(failure.cause, self.window) {
                return;
            }
            trouble.failing = true;
            let consequence = format!("still trying, {} waiting", signal.items(waiting));
            failed(signal, endpoint, failure, &consequence)
        };
        (self.sink)(&line);
    }

    pub(super) fn lost(&self, signal: Signal, endpoint: &Endpoint, failure: &Failure, items: u64) {
        let line = {
            let mut state = self.lock();
            let exiting = state.exiting;
            let trouble = state.of(signal);
            trouble.lost = trouble.lost.saturating_add(items);
            trouble.unsaid = trouble.unsaid.saturating_add(items);
            let why = failure.explain(endpoint);
            trouble.counts.lost = trouble.counts.lost.saturating_add(items);
            trouble.counts.last_error = Some(format!("{}: {why}", endpoint.shown()));
            trouble.last = Some(Last::new(endpoint, why));
            if exiting || !trouble.may_tell(failure.cause, self.window) {
                return;
            }
            trouble.failing = true;
            let lost = std::mem::take(&mut trouble.unsaid);
            failed(
                signal,
                endpoint,
                failure,
                &format!("{} lost", signal.items(lost)),
            )
        };
        (self.sink)(&line);
    }

    pub(super) fn delivered(
        &self,
        signal: Signal,
        endpoint: &Endpoint,
        accepted: &Accepted,
        items: u64,
    ) {
        let mut lines = Vec::new();
        {
            let mut state = self.lock();
            let exiting = state.exiting;
            let trouble = state.of(signal);
            let exported = items.saturating_sub(accepted.rejected);
            trouble.counts.exported = trouble.counts.exported.saturating_add(exported);
            trouble.counts.rejected = trouble.counts.rejected.saturating_add(accepted.rejected);
            if std::mem::take(&mut trouble.failing) && !exiting {
                let lost = std::mem::take(&mut trouble.lost);
                trouble.unsaid = 0;
                lines.push(recovered(signal, endpoint, lost));
            }
            if accepted.rejected > 0 || !accepted.message.is_empty() {
                let why = Failure::new(Cause::Partial, &accepted.message).explain(endpoint);
                trouble.rejected = trouble.rejected.saturating_add(accepted.rejected);
                trouble.counts.last_error =
                    Some(format!("{}: partial success: {why}", endpoint.shown()));
                trouble.last = Some(Last::new(endpoint, format!("rejected: {why}")));
                if !exiting && trouble.may_tell(Cause::Partial, self.window) {
                    lines.push(partial(
                        signal,
                        endpoint,
                        std::mem::take(&mut trouble.rejected),
                        &why,
                    ));
                }
            }
        }
        for line in lines {
            (self.sink)(&line);
        }
    }

    /// From now on failures wait for the summary.
    pub(super) fn begin_exit(&self) {
        self.lock().exiting = true;
    }

    /// These were dropped before any export: the queue was full.
    pub(super) fn overflowed(&self, signal: Signal, dropped: u64, capacity: u64) {
        if dropped == 0 {
            return;
        }
        let line = {
            let mut state = self.lock();
            let exiting = state.exiting;
            let trouble = state.of(signal);
            trouble.overflowed = trouble.overflowed.saturating_add(dropped);
            trouble.capacity = capacity;
            let told = trouble.overflow_told.map(|at| at.elapsed());
            if exiting || told.is_some_and(|ago| ago < self.window) {
                return;
            }
            trouble.overflow_told = Some(Instant::now());
            let dropped = std::mem::take(&mut trouble.overflowed);
            let fix = if trouble.failing {
                "their export fails"
            } else {
                queue_hint(signal)
            };
            format!(
                "otel-auto: {}; {fix}",
                dropped_by(signal, dropped, capacity)
            )
        };
        (self.sink)(&line);
    }

    /// What has become of a signal's items.
    pub(crate) fn counts(&self, signal: Signal) -> Counts {
        self.lock().of(signal).counts.clone()
    }

    /// Says once more, in one sentence, what could not be sent and was not told yet. Signals that share the receiver
    /// and the reason share the clause.
    pub(super) fn summary(&self) {
        let mut clauses: Vec<(Last, Vec<String>)> = Vec::new();
        let mut dropped = Vec::new();
        {
            let mut state = self.lock();
            for signal in SIGNALS {
                let trouble = state.of(signal);
                let overflowed = std::mem::take(&mut trouble.overflowed);
                if overflowed > 0 {
                    dropped.push(dropped_by(signal, overflowed, trouble.capacity));
                }
                let lost = std::mem::take(&mut trouble.unsaid)
                    .saturating_add(std::mem::take(&mut trouble.rejected));
                let Some(last) = trouble.last.clone().filter(|_| lost > 0) else {
                    continue;
                };
                let items = signal.items(lost);
                let same = clauses
                    .iter_mut()
                    .find(|(other, _)| other.origin == last.origin && other.why == last.why);
                match same {
                    Some((_, all)) => all.push(items),
                    None => clauses.push((last, vec![items])),
                }
            }
        }
        let undelivered = clauses.iter().map(|(last, items)| {
            let to = if items.len() > 1 {
                &last.origin
            } else {
                &last.url
            };
            format!("{} to {to} ({})", enumerated(items), last.why)
        });
        let clauses: Vec<String> = undelivered.chain(dropped).collect();
        if !clauses.is_empty() {
            let line = format!("otel-auto: not delivered at exit: {}", clauses.join(", "));
            (self.sink)(&line);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl State {
    fn of(&mut self, signal: Signal) -> &mut Trouble {
        let [traces, metrics, logs] = &mut self.signals;
        match signal {
            Signal::Traces => traces,
            Signal::Metrics => metrics,
            Signal::Logs => logs,
        }
    }
}

impl Last {
    fn new(endpoint: &Endpoint, why: String) -> Self {
        Self {
            origin: endpoint.origin().to_owned(),
            url: endpoint.shown().to_owned(),
            why,
        }
    }
}

impl Trouble {
    /// Whether this cause was silent for a window; if so, its next window begins.
    fn may_tell(&mut self, cause: Cause, window: Duration) -> bool {
        self.told.retain(|(_, at)| at.elapsed() < window);
        let silent = self.told.iter().all(|&(told, _)| told != cause);
        if silent {
            self.told.push((cause, Instant::now()));
        }
        silent
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumerated(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn dropped_by(signal: Signal, dropped: u64, capacity: u64) -> String {
    format!(
        "{} dropped: the queue of {capacity} was full",
        signal.items(dropped)
    )
}

fn queue_hint(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "raise OTEL_BSP_MAX_QUEUE_SIZE, or lower OTEL_BSP_SCHEDULE_DELAY",
        Signal::Metrics | Signal::Logs => {
            "raise OTEL_BLRP_MAX_QUEUE_SIZE, or lower OTEL_BLRP_SCHEDULE_DELAY"
        }
    }
}

fn failed(signal: Signal, endpoint: &Endpoint, failure: &Failure, consequence: &str) -> String {
    let (name, url, reason) = (signal.name(), endpoint.shown(), failure.explain(endpoint));
    format!("otel-auto: {name} do not reach {url}: {reason} ({consequence})")
}

fn recovered(signal: Signal, endpoint: &Endpoint, lost: u64) -> String {
    let (name, url) = (signal.name(), endpoint.shown());
    match lost {
        0 => format!("otel-auto: {name} reach {url} again, nothing was lost"),
        lost => format!(
            "otel-auto: {name} reach {url} again, {} lost in between",
            signal.items(lost)
        ),
    }
}

fn partial(signal: Signal, endpoint: &Endpoint, rejected: u64, why: &str) -> String {
    let url = endpoint.shown();
    match rejected {
        0 => format!(
            "otel-auto: {url} took the {} with a warning: {why}",
            signal.name()
        ),
        rejected => format!(
            "otel-auto: {url} rejected {} of those sent: {why}",
            signal.items(rejected)
        ),
    }
}
