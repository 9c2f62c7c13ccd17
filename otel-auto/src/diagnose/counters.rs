//! What was counted since the start.

use super::{Subject, check::Check};
use crate::{config::signals::Exporter, exporters::otlp::Signal, providers::queue::Queue};

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("counters");
    let Some(running) = &subject.running else {
        check.note("nothing is counted");
        return check;
    };
    let config = &subject.config;
    for (signal, exporters) in [
        (Signal::Traces, &config.traces.exporters),
        (Signal::Metrics, &config.metrics.exporters),
        (Signal::Logs, &config.logs.exporters),
    ] {
        if config.disabled || !exporters.contains(&Exporter::Otlp) {
            check.note(format!("{}: not over OTLP, not counted", signal.name()));
            continue;
        }
        let counts = running.exports.counts(signal);
        let queues = running.exports.queues(signal);
        let sum = |of: fn(&Queue) -> u64| -> u64 { queues.iter().map(|queue| of(queue)).sum() };
        let mut text = format!("{}:", signal.name());
        if !queues.is_empty() {
            // Each queue of a signal sees all that starts.
            let started = queues.iter().map(|queue| queue.started()).max();
            let (started, waiting) = (started.unwrap_or_default(), sum(|queue| queue.waiting()));
            text.push_str(&format!(" {started} started, {waiting} waiting,"));
        }
        text.push_str(&format!(" {} exported", counts.exported));
        let dropped = sum(|queue| queue.dropped());
        let bad = [
            (counts.rejected, "rejected by the receiver"),
            (counts.lost, "lost in failed exports"),
            (dropped, "dropped by a full queue"),
        ];
        for (count, what) in bad.into_iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!(", {count} {what}"));
        }
        match counts.last_error {
            Some(error) => check.problem(format!("{text}; last failure: {error}")),
            None if dropped > 0 => check.problem(text),
            None => check.note(text),
        }
    }
    check
}
