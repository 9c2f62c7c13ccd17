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
    report.delivered(Signal::Traces, &endpoint, &Accepted::default(), 1);
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
    report.delivered(Signal::Traces, &endpoint, &Accepted::default(), 1);
    report.delivered(Signal::Traces, &endpoint, &Accepted::default(), 1);
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
#[test]
fn signals_that_share_the_receiver_and_the_reason_share_the_clause() {
    let (report, lines, endpoint) = report();
    report.begin_exit();
    for (signal, items) in SIGNALS.into_iter().zip(1..) {
        let refused = Failure::new(Cause::Refused, "");
        report.lost(signal, &endpoint, &refused, items);
    }
    report.summary();
    assert_eq!(
        said(&lines),
        [
            "otel-auto: not delivered at exit: 1 span, 2 data points and 3 log records to http://***@h:1 \
          (connection refused; is a collector listening there?)"
        ]
    );
}

#[test]
fn a_full_queue_is_told_once_per_window_and_the_rest_at_exit() {
    let (report, lines, _) = report();
    report.overflowed(Signal::Traces, 0, 2048);
    report.overflowed(Signal::Traces, 5, 2048);
    report.overflowed(Signal::Traces, 7, 2048);
    assert_eq!(
        said(&lines),
        ["otel-auto: 5 spans dropped: the queue of 2048 was full; \
          raise OTEL_BSP_MAX_QUEUE_SIZE, or lower OTEL_BSP_SCHEDULE_DELAY"]
    );
    report.begin_exit();
    report.summary();
    assert_eq!(
        said(&lines),
        ["otel-auto: not delivered at exit: 7 spans dropped: the queue of 2048 was full"]
    );
}

#[test]
fn counts_add_up_from_the_start() {
    let (report, _lines, endpoint) = report();
    let partial = Accepted {
        rejected: 2,
        message: "too old".to_owned(),
    };
    report.delivered(Signal::Traces, &endpoint, &partial, 5);
    report.lost(
        Signal::Traces,
        &endpoint,
        &Failure::new(Cause::Status(401), ""),
        4,
    );
    let counts = report.counts(Signal::Traces);
    assert_eq!((counts.exported, counts.rejected, counts.lost), (3, 2, 4));
    let error = counts.last_error.unwrap();
    assert!(
        error.starts_with("http://***@h:1/v1/traces: the receiver answered 401")
            && error.contains("OTEL_EXPORTER_OTLP_HEADERS"),
        "{error}"
    );
    assert_eq!(report.counts(Signal::Logs), Counts::default());
}
