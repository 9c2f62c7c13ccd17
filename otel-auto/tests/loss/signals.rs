//! SIGTERM and SIGINT, with and without a handler of the program's.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use otel_auto_testing::receiver::Receiver;

use crate::program::{assert_complete, dead, silent, start, start_first, start_ignoring};

const SIGNALS: [(&str, i32); 2] = [("TERM", libc::SIGTERM), ("INT", libc::SIGINT)];

#[test]
fn a_signal_that_nobody_handles_exports_and_then_kills() {
    for case in ["waits", "waits in a current-thread runtime"] {
        for (name, number) in SIGNALS {
            let receiver = Receiver::start();
            let mut program = start(
                case,
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
            );
            program.wait_for("ready");
            program.signal(name);
            let end = program.end_soon();
            assert_eq!(end.status.signal(), Some(number), "{case}: {}", end.said);
            assert_complete(&receiver, case, &end);
        }
    }
}

#[test]
fn a_signal_kills_within_the_time_out_although_no_receiver_answers() {
    let silent = silent();
    for endpoint in [dead(), silent.endpoint()] {
        for (name, number) in SIGNALS {
            let mut program = start(
                "waits",
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                    ("OTEL_RUST_SHUTDOWN_TIMEOUT", "500"),
                ],
            );
            program.wait_for("ready");
            program.signal(name);
            // Repeating it neither helps nor harms.
            program.signal(name);
            let end = program.end_soon();
            assert_eq!(end.status.signal(), Some(number), "{}", end.said);
            assert!(end.said.contains(&endpoint), "{}", end.said);
        }
    }
}

#[test]
fn a_handler_of_the_programs_own_is_left_alone_whether_it_came_before_or_after() {
    for case in ["waits, handler before", "waits, handler after"] {
        let receiver = Receiver::start();
        let mut program = start(
            case,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
        );
        program.wait_for("ready");
        program.signal("TERM");
        let end = program.end_soon();
        assert!(
            end.status.success(),
            "{case}: {:?} {}",
            end.status,
            end.said
        );
        assert!(end.printed.contains("stopped gracefully"), "{case}");
        assert_complete(&receiver, case, &end);
    }
}

#[test]
fn a_signal_without_a_handler_kills_even_if_the_program_handles_another_one() {
    for case in ["waits, handler before", "waits, handler after"] {
        let mut program = start(case, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &dead())]);
        program.wait_for("ready");
        program.signal("INT");
        let end = program.end_soon();
        assert_eq!(
            end.status.signal(),
            Some(libc::SIGINT),
            "{case}: {}",
            end.said
        );
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let receiver = Receiver::start();
    let mut program = start_ignoring(
        "TERM",
        "waits a moment",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    program.wait_for("ready");
    program.signal("TERM");
    let end = program.end_soon();
    assert!(end.status.success(), "{:?} {}", end.status, end.said);
    assert_complete(&receiver, "ignores", &end);
}

#[test]
fn the_first_process_of_a_container_exports_and_lives_on_as_it_would_without_us() {
    let receiver = Receiver::start();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.endpoint()),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
    ];
    let case = "is sent a signal as the first process";
    let Some(mut program) = start_first(case, &environment) else {
        println!("not tested: no PID namespace to be had");
        return;
    };
    program.wait_for("sent");
    let spans = receiver.wait_for_spans(1, Duration::from_millis(1500));
    assert_eq!(spans.len(), 1);
    let end = program.end_soon();
    assert!(end.status.success(), "{:?} {}", end.status, end.said);
    assert!(end.printed.contains("lives on"), "{}", end.printed);
}

#[test]
fn signals_can_be_left_alone() {
    let receiver = Receiver::start();
    let mut program = start(
        "waits",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_FLUSH_ON_SIGNAL", "false"),
            ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ],
    );
    program.wait_for("ready");
    program.signal("TERM");
    let end = program.end_soon();
    assert_eq!(end.status.signal(), Some(libc::SIGTERM), "{}", end.said);
    assert!(
        receiver
            .wait_for_spans(1, Duration::from_millis(200))
            .is_empty()
    );
}
