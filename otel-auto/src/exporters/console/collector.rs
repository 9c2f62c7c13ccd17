//! Holds the ended spans of a local trace until its local root ends, so that it can be drawn as one tree.
//!
//! Children end before their parents, and only ended spans are seen, so nothing but the end of the local root says
//! that a trace is whole. One trace may have several local roots (a service that calls itself): each takes the spans
//! below it along. What ends after its root has been drawn is given out as late, after a short wait for its siblings.
//! All memory is bounded; what a bound costs is counted.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use opentelemetry::{SpanId, TraceId};

use super::model::{Part, Span, Trace};

#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Traces known at once, those remembered for late spans included.
    pub(super) traces: usize,
    /// Spans held of one trace.
    pub(super) spans_per_trace: usize,
    /// Spans held of all traces.
    pub(super) spans: usize,
    /// How long spans wait for a root that does not end, and how long a drawn trace is remembered.
    pub(super) age: Duration,
    /// How long late spans wait for each other.
    pub(super) late: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            traces: 256,
            spans_per_trace: 512,
            spans: 8192,
            age: Duration::from_secs(60),
            late: Duration::from_millis(500),
        }
    }
}

/// What was given up to stay within the limits and is not told by a [`Trace`].
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Dropped {
    pub(super) traces: usize,
    pub(super) spans: usize,
}

#[derive(Debug)]
pub(super) struct Collector {
    limits: Limits,
    traces: HashMap<TraceId, Held>,
    held: usize,
    dropped: Dropped,
    late_due: Option<Instant>,
    next_sweep: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    spans: Vec<Span>,
    /// What has been given out, to tell what is late from what waits for another local root.
    drawn: HashSet<SpanId>,
    dropped: usize,
    /// Since when there are spans.
    since: Instant,
    /// When the last span of the trace ended.
    touched: Instant,
    late_due: Option<Instant>,
}

impl Collector {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            traces: HashMap::new(),
            held: 0,
            dropped: Dropped::default(),
            late_due: None,
            next_sweep: None,
        }
    }

    /// Takes ended spans, and gives out what can be drawn now.
    pub(super) fn add(
        &mut self,
        batch: impl IntoIterator<Item = Span>,
        now: Instant,
    ) -> Vec<Trace> {
        // In one batch, a child may come after its root.
        let (roots, inner): (Vec<_>, Vec<_>) = batch.into_iter().partition(Span::is_local_root);
        for span in inner {
            self.hold(span, now);
        }
        let mut traces: Vec<_> = roots
            .into_iter()
            .map(|root| self.finish(root, now))
            .collect();
        traces.extend(self.sweep(now));
        traces
    }

    /// Gives out late spans without waiting for more of them.
    pub(super) fn flush_late(&mut self) -> Vec<Trace> {
        self.late_due = None;
        let held = self
            .traces
            .values_mut()
            .filter(|held| held.late_due.is_some());
        let late: Vec<_> = held.map(Held::take_late).collect();
        self.given(late)
    }

    /// Gives out everything.
    pub(super) fn flush(&mut self) -> Vec<Trace> {
        self.late_due = None;
        let all: Vec<_> = self
            .traces
            .drain()
            .map(|(_, mut held)| held.take_rest())
            .collect();
        self.given(all)
    }

    /// Gives out what has waited long enough, and forgets what was drawn long ago.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<Trace> {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if !due(self.late_due) && !due(self.next_sweep) {
            self.next_sweep.get_or_insert(now + self.limits.late);
            return Vec::new();
        }
        self.next_sweep = Some(now + self.limits.late);
        let mut traces = Vec::new();
        let age = self.limits.age;
        self.traces.retain(|_, held| {
            if due(held.late_due) {
                traces.push(held.take_late());
            }
            if !held.spans.is_empty() && held.since + age <= now {
                traces.push(held.take_rest());
            }
            !held.spans.is_empty() || held.touched + age > now
        });
        self.late_due = self.traces.values().filter_map(|held| held.late_due).min();
        self.given(traces)
    }

    /// When [`sweep`](Self::sweep) has late spans to give out.
    pub(super) fn late_due(&self) -> Option<Instant> {
        self.late_due
    }

    /// What was dropped since the last call.
    pub(super) fn take_dropped(&mut self) -> Dropped {
        std::mem::take(&mut self.dropped)
    }

    fn hold(&mut self, span: Span, now: Instant) {
        let full = self.held >= self.limits.spans;
        let Limits {
            spans_per_trace,
            late,
            ..
        } = self.limits;
        let held = self.trace(span.trace_id, now);
        if full || held.spans.len() >= spans_per_trace {
            held.dropped += 1;
            return;
        }
        if held.spans.is_empty() {
            held.since = now;
        }
        if span
            .parent_id
            .is_some_and(|parent| held.drawn.contains(&parent))
        {
            let due = *held.late_due.get_or_insert(now + late);
            held.spans.push(span);
            self.late_due = Some(self.late_due.map_or(due, |other| other.min(due)));
        } else {
            held.spans.push(span);
        }
        self.held += 1;
    }

    fn finish(&mut self, root: Span, now: Instant) -> Trace {
        let limit = self.limits.spans_per_trace;
        let held = self.trace(root.trace_id, now);
        // With spans missing in between, what is below the root cannot be told from what is not.
        let mut spans = if held.dropped > 0 {
            std::mem::take(&mut held.spans)
        } else {
            held.take_below(HashSet::from([root.span_id]))
        };
        let taken = spans.len();
        spans.push(root);
        // Forgetting costs only that late spans wait longer.
        if held.drawn.len() > limit {
            held.drawn.clear();
        }
        held.drawn.extend(spans.iter().map(|span| span.span_id));
        let dropped = std::mem::take(&mut held.dropped);
        self.held -= taken;
        Trace {
            spans,
            part: Part::Whole,
            dropped,
        }
    }

    fn trace(&mut self, id: TraceId, now: Instant) -> &mut Held {
        if self.traces.len() >= self.limits.traces && !self.traces.contains_key(&id) {
            self.evict();
        }
        let held = self.traces.entry(id).or_insert_with(|| Held {
            spans: Vec::new(),
            drawn: HashSet::new(),
            dropped: 0,
            since: now,
            touched: now,
            late_due: None,
        });
        held.touched = now;
        held
    }

    /// Gives up the trace that was quiet the longest, one that holds nothing first.
    fn evict(&mut self) {
        let quiet = |(_, held): &(&TraceId, &Held)| (!held.spans.is_empty(), held.touched);
        let Some(id) = self.traces.iter().min_by_key(quiet).map(|(id, _)| *id) else {
            return;
        };
        if let Some(held) = self.traces.remove(&id) {
            let lost = held.spans.len() + held.dropped;
            self.held -= held.spans.len();
            self.dropped.spans += lost;
            self.dropped.traces += usize::from(lost > 0);
        }
    }

    fn given(&mut self, mut traces: Vec<Trace>) -> Vec<Trace> {
        traces.retain(|trace| !trace.spans.is_empty() || trace.dropped > 0);
        self.held -= traces.iter().map(|trace| trace.spans.len()).sum::<usize>();
        traces
    }
}

impl Held {
    /// Takes the held spans that descend from the given ones.
    fn take_below(&mut self, mut above: HashSet<SpanId>) -> Vec<Span> {
        let mut children: HashMap<SpanId, Vec<SpanId>> = HashMap::new();
        for span in &self.spans {
            if let Some(parent) = span.parent_id {
                children.entry(parent).or_default().push(span.span_id);
            }
        }
        let mut waiting: Vec<_> = above.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            // Removing makes a cycle end.
            for child in children.remove(&id).unwrap_or_default() {
                above.insert(child);
                waiting.push(child);
            }
        }
        let (below, rest) = std::mem::take(&mut self.spans)
            .into_iter()
            .partition(|span| above.contains(&span.span_id));
        self.spans = rest;
        below
    }

    fn take_late(&mut self) -> Trace {
        self.late_due = None;
        let spans = self.take_below(self.drawn.clone());
        self.drawn.extend(spans.iter().map(|span| span.span_id));
        let dropped = std::mem::take(&mut self.dropped);
        Trace {
            spans,
            part: Part::Late,
            dropped,
        }
    }

    fn take_rest(&mut self) -> Trace {
        let part = if self.drawn.is_empty() {
            Part::Unfinished
        } else {
            Part::Late
        };
        self.late_due = None;
        Trace {
            spans: std::mem::take(&mut self.spans),
            part,
            dropped: std::mem::take(&mut self.dropped),
        }
    }
}
