//! Records of the crate `log`, in programs that leave its logger to `init()`, and in those that do not.

use std::fmt;

use otel_auto_testing::receiver::{LogRecord, Receiver};
use tracing_subscriber::prelude::*;

use crate::support::run as run_case;

/// A program's own logger.
struct Own;

impl log::Log for Own {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("own: {}", record.args());
    }

    fn flush(&self) {}
}

fn set_own() {
    log::set_logger(&Own).expect("no logger");
    log::set_max_level(log::LevelFilter::Trace);
}

/// Logs while it is formatted.
struct Chatty;

impl fmt::Display for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        log::info!(inner = 1; "inside");
        f.write_str("outside")
    }
}

fn work() {
    tracing::info_span!("work").in_scope(|| {
        log::warn!(
            target: "shop", user = 7_u64, debt = -1, huge = u64::MAX, ratio = 0.5, vip = true, name = "n",
            at:? = Some(1), nothing = None::<i32>;
            "hello {}", "world"
        );
        log::debug!("too quiet");
        log::info!(target: "h2::frame", "noise");
    });
}

/// The programs.
pub(crate) fn run(case: &str) {
    let otel = match case {
        "a logger before init" => {
            set_own();
            otel_auto::init!()
        }
        "a subscriber that takes records of log" => {
            tracing_subscriber::registry()
                .with(tracing_subscriber::fmt::layer())
                .with(otel_auto::tracing_layer())
                .init();
            otel_auto::init!()
        }
        "a subscriber after init" => {
            let otel = otel_auto::builder().without_subscriber().init();
            tracing_subscriber::registry()
                .with(otel_auto::tracing_layer())
                .init();
            otel
        }
        _ => otel_auto::init!(),
    };
    match case {
        "a logger after init" => set_own(),
        "a record in a record" => log::info!(outer = 1; "{Chatty}"),
        "diagnosis" => println!("{}", otel_auto::diagnose()),
        _ => work(),
    }
    println!("max {}", log::max_level());
    otel.shutdown();
    // Nobody listens any more, which is no error.
    log::error!("after the end");
}

struct End {
    succeeded: bool,
    text: String,
    records: Vec<LogRecord>,
    receiver: Receiver,
}

fn end(case: &str, environment: &[(&str, &str)]) -> End {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let mut environment = environment.to_vec();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let (output, _) = run_case(case, &environment);
    let text = [output.stdout, output.stderr].concat();
    End {
        succeeded: output.status.success(),
        text: String::from_utf8(text).unwrap(),
        records: receiver.logs(),
        receiver,
    }
}

#[track_caller]
fn well(case: &str, environment: &[(&str, &str)]) -> End {
    let end = end(case, environment);
    assert!(end.succeeded, "{case}: {}", end.text);
    end
}

#[test]
fn a_record_of_log_is_exported_and_printed_with_the_ids_of_the_current_span() {
    let end = well("of init", &[("RUST_LOG", "info,h2=off")]);
    assert_eq!(end.records.len(), 1, "{:?}", end.records);
    let (record, spans) = (&end.records[0], end.receiver.spans());
    assert_eq!(record.body_text(), "hello world");
    assert_eq!(record.severity_text, "WARN");
    assert_eq!(record.severity_number, 13);
    assert_eq!(record.event_name, "");
    assert_eq!(
        (&record.trace_id, &record.span_id),
        (&spans[0].trace_id, &spans[0].span_id)
    );
    let file = record.attribute("code.file.path").unwrap();
    assert!(file.ends_with("logs/logger.rs"), "{file}");
    let line = end
        .text
        .lines()
        .find(|line| line.contains("hello world"))
        .unwrap();
    for part in [
        "WARN",
        "shop: hello world",
        &format!("trace_id={}", spans[0].trace_id()),
        &format!("span_id={}", spans[0].span_id()),
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[test]
fn key_values_keep_their_types() {
    let end = well("of init", &[]);
    let mut found: Vec<_> = end.records[0]
        .attributes
        .iter()
        .filter(|attribute| !attribute.key.starts_with("code."))
        .map(|attribute| {
            let value = attribute
                .value
                .as_ref()
                .and_then(|value| value.value.as_ref());
            format!("{} {:?}", attribute.key, value.unwrap())
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "at StringValue(\"Some(1)\")",
            "debt IntValue(-1)",
            "huge StringValue(\"18446744073709551615\")",
            "name StringValue(\"n\")",
            "ratio DoubleValue(0.5)",
            "user IntValue(7)",
            "vip BoolValue(true)",
        ]
    );
}

#[test]
fn a_record_that_is_made_while_another_is_formatted_keeps_its_own_key_values() {
    for printed in ["off", "info"] {
        let end = well("a record in a record", &[("RUST_LOG", printed)]);
        for record in &end.records {
            let (inner, outer) = (record.attribute("inner"), record.attribute("outer"));
            let expected = match record.body_text().as_str() {
                "inside" => (Some("1"), None),
                _ => (None, Some("1")),
            };
            assert_eq!((inner.as_deref(), outer.as_deref()), expected, "{record:?}");
        }
        assert!(end.records.len() >= 2, "{:?}", end.records);
    }
}

#[test]
fn levels_that_no_layer_wants_are_not_asked_for() {
    let end = well("of init", &[]);
    assert!(end.text.contains("max INFO"), "{}", end.text);
    let end = well("of init", &[("OTEL_RUST_LOGS_LEVEL", "debug")]);
    assert!(end.text.contains("max DEBUG"), "{}", end.text);
    let mut bodies: Vec<_> = end.records.iter().map(LogRecord::body_text).collect();
    bodies.sort();
    assert_eq!(bodies, ["hello world", "too quiet"]);
    let end = well("of init", &[("OTEL_SDK_DISABLED", "true")]);
    assert!(end.text.contains("max OFF"), "{}", end.text);
}

#[test]
fn a_program_keeps_its_own_logger_and_is_told_what_that_means() {
    let end = well("a logger before init", &[]);
    assert!(end.text.contains("own: hello world"), "{}", end.text);
    assert!(
        end.text
            .contains("the program has a logger of `log`, which keeps its records"),
        "{}",
        end.text
    );
    assert!(end.records.is_empty(), "{:?}", end.records);
}

#[test]
fn a_logger_that_comes_too_late_is_explained() {
    let end = end("a logger after init", &[]);
    assert!(!end.succeeded);
    assert!(
        end.text.contains("init() has set the logger of `log`"),
        "{}",
        end.text
    );
}

#[test]
fn a_subscriber_that_takes_records_itself_goes_on_doing_so() {
    for case in [
        "a subscriber that takes records of log",
        "a subscriber after init",
    ] {
        let end = well(case, &[]);
        assert!(!end.text.contains("otel-auto: the program"), "{}", end.text);
        assert!(!end.text.contains("has set the logger"), "{}", end.text);
        let bodies: Vec<_> = end.records.iter().map(LogRecord::body_text).collect();
        assert_eq!(bodies, ["hello world"], "{case}");
    }
}

#[test]
fn a_diagnosis_tells_whose_logger_it_is() {
    let end = well("diagnosis", &[]);
    assert!(
        end.text
            .contains("records of `log` are events of this subscriber"),
        "{}",
        end.text
    );
}
