use std::time::{Duration, Instant};

use super::super::collector::{Collector, Dropped, Limits};
use super::super::{Part, Trace};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn limits() -> Limits {
    Limits {
        traces: 4,
        spans_per_trace: 3,
        spans: 5,
        age: 60 * SECOND,
        late: SECOND,
    }
}

fn names(traces: &[Trace]) -> Vec<(Part, usize, Vec<&str>)> {
    traces
        .iter()
        .map(|trace| {
            let mut names: Vec<_> = trace.spans.iter().map(|span| span.name.as_str()).collect();
            names.sort_unstable();
            (trace.part, trace.dropped, names)
        })
        .collect()
}

#[test]
fn a_trace_is_given_out_when_its_root_ends() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    assert!(
        collector
            .add([span(3, Some(2), "leaf", 0, 1)], now)
            .is_empty()
    );
    assert!(
        collector
            .add([span(2, Some(1), "child", 0, 1)], now)
            .is_empty()
    );
    let given = collector.add([span(1, None, "root", 0, 1)], now);
    assert_eq!(
        names(&given),
        [(Part::Whole, 0, vec!["child", "leaf", "root"])]
    );
    assert!(collector.flush().is_empty());
}

#[test]
fn a_remote_parent_makes_a_local_root() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    let given = collector.add([span(2, Some(1), "root", 0, 1).remote()], now);
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["root"])]);
}

#[test]
fn a_child_after_its_root_in_the_same_batch_is_not_late() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    let given = collector.add(
        [span(1, None, "root", 0, 1), span(2, Some(1), "child", 0, 1)],
        now,
    );
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["child", "root"])]);
}

#[test]
fn each_local_root_of_a_trace_takes_only_what_is_below_it() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    assert!(
        collector
            .add([span(9, Some(1), "other", 0, 1)], now)
            .is_empty()
    );
    let given = collector.add(
        [
            span(3, Some(2), "inner", 0, 1),
            span(2, Some(8), "second", 0, 1).remote(),
        ],
        now,
    );
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["inner", "second"])]);
    let given = collector.add([span(1, None, "first", 0, 1)], now);
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["first", "other"])]);
}

#[test]
fn late_spans_wait_for_each_other() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    collector.add([span(1, None, "root", 0, 1)], now);
    // Its parent is still open, so nothing says yet that it is late.
    assert!(
        collector
            .add([span(3, Some(2), "leaf", 0, 1)], now)
            .is_empty()
    );
    assert_eq!(collector.late_due(), None);
    assert!(
        collector
            .add([span(2, Some(1), "task", 0, 1)], now)
            .is_empty()
    );
    assert_eq!(collector.late_due(), Some(now + SECOND));
    assert!(collector.sweep(now + SECOND / 2).is_empty());
    let given = collector.sweep(now + SECOND);
    assert_eq!(names(&given), [(Part::Late, 0, vec!["leaf", "task"])]);
    assert_eq!(collector.late_due(), None);

    assert!(
        collector
            .add([span(4, Some(3), "later", 0, 1)], now + 2 * SECOND)
            .is_empty()
    );
    assert_eq!(
        names(&collector.flush_late()),
        [(Part::Late, 0, vec!["later"])]
    );
}

#[test]
fn spans_of_a_root_that_stays_open_are_given_out_at_the_age_limit() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    assert!(
        collector
            .add([span(2, Some(1), "first", 0, 1)], now)
            .is_empty()
    );
    // Being busy does not make it young.
    assert!(
        collector
            .add([span(3, Some(1), "second", 0, 1)], now + 50 * SECOND)
            .is_empty()
    );
    let given = collector.add([], now + 60 * SECOND);
    assert_eq!(
        names(&given),
        [(Part::Unfinished, 0, vec!["first", "second"])]
    );
    let given = collector.add([span(1, None, "root", 0, 1)], now + 61 * SECOND);
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["root"])]);
}

#[test]
fn spans_over_the_limit_of_a_trace_are_counted_in_it() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    for id in 2..10 {
        assert!(
            collector
                .add([span(id, Some(1), "child", 0, 1)], now)
                .is_empty()
        );
    }
    let given = collector.add([span(1, None, "root", 0, 1)], now);
    assert_eq!(
        names(&given),
        [(Part::Whole, 5, vec!["child", "child", "child", "root"])]
    );
}

#[test]
fn spans_over_the_limit_of_all_traces_are_counted() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    for trace in 1..=3 {
        for id in 2..4 {
            collector.add([span(id, Some(1), "child", 0, 1).in_trace(trace)], now);
        }
    }
    let held: usize = collector
        .flush()
        .iter()
        .map(|trace| trace.spans.len() * 10 + trace.dropped)
        .sum();
    assert_eq!(held, 51);
    // And all of them are free again.
    for id in 2..5 {
        collector.add([span(id, Some(1), "child", 0, 1)], now);
    }
    assert_eq!(collector.flush()[0].dropped, 0);
}

#[test]
fn the_quietest_trace_gives_way_and_is_counted() {
    let (mut collector, now) = (Collector::new(limits()), Instant::now());
    for trace in 1..=5_u32 {
        let child = span(2, Some(1), "child", 0, 1).in_trace(trace.into());
        collector.add([child], now + trace * SECOND / 100);
    }
    assert_eq!(
        collector.take_dropped(),
        Dropped {
            traces: 1,
            spans: 1
        }
    );
    assert_eq!(collector.take_dropped(), Dropped::default());
    let root = span(1, None, "root", 0, 1);
    let given = collector.add([root.clone().in_trace(2)], now + SECOND / 10);
    assert_eq!(names(&given), [(Part::Whole, 0, vec!["child", "root"])]);
    // The memory of a drawn trace goes before spans do.
    collector.add([root.in_trace(99)], now + SECOND / 5);
    assert_eq!(collector.take_dropped(), Dropped::default());
}

#[test]
fn thousands_of_open_traces_leave_bounded_memory() {
    let mut collector = Collector::new(Limits::default());
    let now = Instant::now();
    let (mut given, mut dropped) = (0, 0);
    for trace in 1..20_000_u128 {
        given += collector
            .add([span(2, Some(1), "x", 0, 1).in_trace(trace)], now)
            .len();
        dropped += collector.take_dropped().spans;
    }
    assert_eq!(given, 0);
    assert_eq!(dropped, 19_999 - 256);
    assert_eq!(collector.flush().len(), 256);
}
