//! Every way in which a program ends.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use otel_auto_testing::receiver::Receiver;

use crate::program::{assert_complete, dead, run, silent, start};

/// Cases that exit, with their exit codes.
const EXITS: [(&str, i32); 10] = [
    ("returns", 0),
    ("returns, guard in a static", 0),
    ("exit", 3),
    ("otel_auto::exit", 3),
    ("exit on another thread", 3),
    ("exit in a current-thread runtime", 3),
    ("exit in the only worker", 3),
    ("panics", 101),
    ("panics, guard in a static", 101),
    ("shutdown in a current-thread runtime", 0),
];
const ABORTS: [&str; 2] = ["aborts by a panic", "aborts by a second panic"];

#[test]
fn every_end_exports_what_is_buffered_and_keeps_its_exit_code() {
    for protocol in ["http/protobuf", "grpc"] {
        for (case, code) in EXITS {
            let receiver = Receiver::start();
            let end = run(
                case,
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ],
            );
            assert_eq!(end.status.code(), Some(code), "{case}: {}", end.said);
            assert_complete(&receiver, case, &end);
        }
    }
}

#[test]
fn a_panic_that_aborts_exports_first() {
    for case in ABORTS {
        let receiver = Receiver::start();
        let end = run(
            case,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
        );
        assert_eq!(
            end.status.signal(),
            Some(libc::SIGABRT),
            "{case}: {}",
            end.said
        );
        assert!(end.said.contains("on purpose"), "{}", end.said);
        assert_complete(&receiver, case, &end);
        let logs = receiver.logs();
        let panics = logs
            .iter()
            .filter(|record| record.event_name == "exception");
        let panics: Vec<_> = panics
            .map(|record| {
                let message = record.attribute("exception.message").unwrap_or_default();
                format!("{} {message}", record.severity_text)
            })
            .collect();
        // The one that nothing could have caught is the last.
        let (fatal, others) = panics.split_last().unwrap();
        assert!(fatal.starts_with("FATAL panic in a "), "{panics:?}");
        assert!(
            others.iter().all(|panic| panic.starts_with("ERROR ")),
            "{panics:?}"
        );
        assert_eq!(others[0], "ERROR on purpose", "{panics:?}");
    }
}

#[test]
fn a_hook_for_panics_can_be_left_out() {
    let receiver = Receiver::start();
    let end = run(
        "aborts by a panic",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_FLUSH_ON_PANIC", "false"),
        ],
    );
    assert_eq!(end.status.signal(), Some(libc::SIGABRT), "{}", end.said);
    assert!(receiver.spans().is_empty());
}

#[test]
fn a_panic_that_is_caught_costs_no_export() {
    let receiver = silent();
    let end = run(
        "catches panics",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert!(end.status.success(), "{}", end.said);
    let took = between(&end.printed, "20 panics in ", " ms");
    assert!(took < 1000, "{took} ms");
}

#[test]
fn no_end_waits_longer_than_the_time_out_for_a_receiver_that_does_not_answer() {
    let silent = silent();
    for (endpoint, cause) in [
        (dead(), "connection refused"),
        (silent.endpoint(), "no answer within"),
    ] {
        for protocol in ["http/protobuf", "grpc"] {
            let cases = EXITS.iter().map(|(case, _)| case).chain(&ABORTS);
            for case in cases {
                let program = start(
                    case,
                    &[
                        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                        ("OTEL_RUST_SHUTDOWN_TIMEOUT", "500"),
                    ],
                );
                let end = program.end_soon();
                assert!(
                    end.said.contains(&endpoint) && end.said.contains(cause),
                    "{case} {endpoint}: {}",
                    end.said
                );
            }
        }
    }
}

#[test]
fn an_exit_inside_of_an_export_ends_within_the_time_out_and_keeps_the_spans() {
    let receiver = Receiver::start();
    let program = start(
        "exit in a callback of the export",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_SHUTDOWN_TIMEOUT", "500"),
        ],
    );
    let end = program.end_soon();
    assert_eq!(end.status.code(), Some(3), "{}", end.said);
    assert_eq!(receiver.spans().len(), 1, "{}", end.said);
    assert_eq!(receiver.logs().len(), 1, "{}", end.said);
}

#[test]
fn an_asynchronous_flush_lets_the_only_thread_go_on() {
    let receiver = Receiver::start();
    receiver
        .behave(otel_auto_testing::receiver::Behaviour::accept().delay(Duration::from_millis(300)));
    let end = run(
        "flush_async in a current-thread runtime",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert!(end.status.success(), "{}", end.said);
    let flushed = end.printed.find("flushed").unwrap();
    let other_task = end.printed.find("turn 3");
    assert!(other_task.is_some_and(|at| at < flushed), "{}", end.printed);
}

#[test]
fn a_guard_that_is_dropped_in_the_statement_that_made_it_is_told_of() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let told = |case| run(case, &environment).said.matches("`let _ =`").count();
    assert_eq!(told("drops the guard at once"), 1);
    assert_eq!(told("shuts down at once"), 0);
    assert_eq!(told("is quick"), 0);
}

#[test]
fn telemetry_can_be_set_up_again_in_each_of_many_runtimes() {
    let receiver = Receiver::start();
    let end = run(
        "instruments of a runtime per test",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert!(end.status.success(), "{}", end.said);
    assert_eq!(receiver.spans().len(), 3, "{}", end.said);
}

#[test]
fn a_forked_child_ends_at_once_and_may_set_telemetry_up_for_itself() {
    let receiver = Receiver::start();
    let end = run(
        "forks",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_SHUTDOWN_TIMEOUT", "10000"),
        ],
    );
    assert!(end.status.success(), "{}", end.said);
    assert!(
        end.printed
            .contains(&format!("child {} in ", libc::SIGTERM)),
        "{}",
        end.printed
    );
    let children: Vec<_> = end.printed.matches("child 0 in ").collect();
    assert_eq!(children.len(), 3, "{}{}", end.printed, end.said);
    assert_eq!(
        end.said.matches("forked after init()").count(),
        1,
        "{}",
        end.said
    );
    for child in end.printed.split("child 0").skip(1) {
        let took = between(child, " in ", " ms");
        assert!(took < 2000, "{took} ms: {}", end.printed);
    }
    // The parent's and the last child's.
    assert_eq!(receiver.spans().len(), 2, "{}", end.said);
}

fn between(text: &str, before: &str, after: &str) -> u64 {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0.parse().unwrap()
}
