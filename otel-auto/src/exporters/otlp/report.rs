//! Tells the user what goes wrong: one sentence per signal and cause in each window, one when it works again, and
//! one at exit for what could not be sent. It bypasses the application's logging, which may be what is failing.

use std::{
    fmt::{self, Write as _},
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

/// What keeps a repeated failure from filling the terminal.
const WINDOW: Duration = Duration::from_secs(5);
const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

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
    last: String,
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
    pub(super) fn retrying(&self, signal: Signal, endpoint: &Endpoint, failure: &Failure) {
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
            failed(signal, endpoint, failure, "still trying")
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
            trouble.last = format!("to {} ({})", endpoint.shown(), failure.explain(endpoint));
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

    pub(super) fn delivered(&self, signal: Signal, endpoint: &Endpoint, accepted: &Accepted) {
        let mut lines = Vec::new();
        {
            let mut state = self.lock();
            let exiting = state.exiting;
            let trouble = state.of(signal);
            if std::mem::take(&mut trouble.failing) && !exiting {
                let lost = std::mem::take(&mut trouble.lost);
                trouble.unsaid = 0;
                lines.push(recovered(signal, endpoint, lost));
            }
            if accepted.rejected > 0 || !accepted.message.is_empty() {
                let why = Failure::new(Cause::Partial, &accepted.message).explain(endpoint);
                trouble.rejected = trouble.rejected.saturating_add(accepted.rejected);
                trouble.last = format!("to {} (rejected: {why})", endpoint.shown());
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

    /// Says once more, in one sentence, what could not be sent and was not told yet.
    pub(super) fn summary(&self) {
        let mut line = String::new();
        {
            let mut state = self.lock();
            for signal in SIGNALS {
                let trouble = state.of(signal);
                let lost = std::mem::take(&mut trouble.unsaid)
                    .saturating_add(std::mem::take(&mut trouble.rejected));
                if lost > 0 {
                    let start = if line.is_empty() {
                        "otel-auto: not delivered at exit: "
                    } else {
                        ", "
                    };
                    let _ = write!(line, "{start}{} {}", signal.items(lost), trouble.last);
                }
            }
        }
        if !line.is_empty() {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{sync::mpsc, thread};

    use super::*;
    use crate::{config::otlp::Protocol, exporters::otlp::tests::settings};

    const A_WINDOW: Duration = Duration::from_millis(200);

    fn report() -> (Report, mpsc::Receiver<String>, Endpoint) {
        let (lines, said) = mpsc::channel();
        let report = Report::new(A_WINDOW, move |line| lines.send(line.to_owned()).unwrap());
        let settings = settings(
            Protocol::HttpProtobuf,
            "http://u:secret@h:1/v1/traces?key=secret",
        );
        (
            report,
            said,
            Endpoint::new(Signal::Traces, &settings).unwrap(),
        )
    }

    fn said(lines: &mpsc::Receiver<String>) -> Vec<String> {
        lines.try_iter().collect()
    }

    #[test]
    fn a_failure_is_told_once_per_window_with_all_that_was_lost_since() {
        let (report, lines, endpoint) = report();
        let refused = Failure::new(Cause::Refused, "");
        for _ in 0..10 {
            report.lost(Signal::Traces, &endpoint, &refused, 2);
        }
        let first = said(&lines);
        assert_eq!(
            first,
            ["otel-auto: traces do not reach http://***@h:1/v1/traces: \
              connection refused; is a collector listening there? (2 spans lost)"]
        );
        report.lost(
            Signal::Traces,
            &endpoint,
            &Failure::new(Cause::Status(401), ""),
            1,
        );
        report.lost(Signal::Logs, &endpoint, &refused, 1);
        assert_eq!(
            said(&lines).len(),
            2,
            "another cause and another signal have windows of their own"
        );
        thread::sleep(A_WINDOW + Duration::from_millis(50));
        report.lost(Signal::Traces, &endpoint, &refused, 2);
        assert!(
            said(&lines).concat().ends_with("(2 spans lost)"),
            "the other cause's line told of the rest"
        );
    }

    #[test]
    fn recovery_is_told_once_and_only_after_a_failure() {
        let (report, lines, endpoint) = report();
        report.delivered(Signal::Traces, &endpoint, &Accepted::default());
        assert!(said(&lines).is_empty());
        report.lost(
            Signal::Traces,
            &endpoint,
            &Failure::new(Cause::Refused, ""),
            1,
        );
        report.lost(
            Signal::Traces,
            &endpoint,
            &Failure::new(Cause::Refused, ""),
            1,
        );
        said(&lines);
        report.delivered(Signal::Traces, &endpoint, &Accepted::default());
        report.delivered(Signal::Traces, &endpoint, &Accepted::default());
        assert_eq!(
            said(&lines),
            ["otel-auto: traces reach http://***@h:1/v1/traces again, 2 spans lost in between"]
        );
        report.begin_exit();
        report.summary();
        assert!(said(&lines).is_empty(), "all was told");
    }

    #[test]
    fn an_exit_with_unsent_data_takes_one_sentence() {
        let (report, lines, endpoint) = report();
        report.begin_exit();
        report.lost(
            Signal::Traces,
            &endpoint,
            &Failure::new(Cause::Refused, ""),
            1,
        );
        report.lost(
            Signal::Traces,
            &endpoint,
            &Failure::new(Cause::Refused, ""),
            2,
        );
        report.lost(
            Signal::Metrics,
            &endpoint,
            &Failure::new(Cause::Timeout, "2s"),
            1,
        );
        assert!(said(&lines).is_empty());
        report.summary();
        report.summary();
        assert_eq!(
            said(&lines),
            [
                "otel-auto: not delivered at exit: 3 spans to http://***@h:1/v1/traces (connection refused; \
              is a collector listening there?), 1 data point to http://***@h:1/v1/traces (no answer within 2s)"
            ]
        );
    }
}
