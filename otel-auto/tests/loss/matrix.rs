//! The loss matrix, row by row. T11 to T13 and the signals are the cases of `ends` and `signals`, all at once here.

use std::time::Duration;

use otel_auto_testing::receiver::{Receiver, Span};

use crate::program::{End, assert_complete, dead, run, start};

const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A case that ends well.
#[track_caller]
fn well(case: &str, environment: &[(&str, &str)]) -> End {
    let end = run(case, environment);
    assert!(end.status.success(), "{case}: {}{}", end.said, end.printed);
    assert!(!end.said.contains("panicked"), "{case}: {}", end.said);
    end
}

#[track_caller]
fn assert_told(end: &End, texts: &[&str]) {
    for text in texts {
        assert!(end.said.contains(text), "no {text:?} in: {}", end.said);
    }
}

#[test]
fn t1_the_quick_start_with_its_guard_in_a_static_exports() {
    let receiver = Receiver::start();
    let case = "returns, guard in a static";
    let end = well(case, &[(NAME, &receiver.endpoint())]);
    assert_complete(&receiver, case, &end);
}

#[test]
fn t2_t3_a_collector_that_is_down_is_told_with_url_and_cause_with_or_without_a_subscriber() {
    let endpoint = dead();
    for case in ["returns", "has a subscriber that prints"] {
        let end = well(case, &[(NAME, &endpoint)]);
        assert_told(&end, &[&endpoint, "connection refused"]);
    }
}

#[test]
fn t4_https_works_by_default_so_a_receiver_without_tls_is_told_as_such() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint().replace("http:", "https:");
    for protocol in ["http/protobuf", "grpc"] {
        let end = well(
            "returns",
            &[(NAME, &endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)],
        );
        assert_told(&end, &[&endpoint, "does not speak TLS"]);
    }
}

#[test]
fn t5_an_exporter_that_is_none_exports_nothing() {
    let receiver = Receiver::start();
    let end = well(
        "returns",
        &[
            (NAME, &receiver.endpoint()),
            ("OTEL_TRACES_EXPORTER", "none"),
        ],
    );
    assert!(receiver.spans().is_empty(), "{}", end.said);
    assert_eq!(receiver.logs().len(), 1, "{}", end.said);
}

#[test]
fn t6_a_disabled_sdk_exports_nothing() {
    let receiver = Receiver::start();
    well(
        "returns",
        &[(NAME, &receiver.endpoint()), ("OTEL_SDK_DISABLED", "true")],
    );
    assert!(receiver.requests().is_empty());
}

#[test]
fn t7_a_sampler_that_is_always_off_is_honoured() {
    let receiver = Receiver::start();
    let end = well(
        "returns",
        &[
            (NAME, &receiver.endpoint()),
            ("OTEL_TRACES_SAMPLER", "always_off"),
        ],
    );
    assert!(receiver.spans().is_empty(), "{}", end.said);
}

#[test]
fn t8_the_propagators_are_those_that_were_asked_for() {
    let fields = |propagators| {
        let end = well(
            "propagates",
            &[
                (NAME, &dead()),
                ("OTEL_PROPAGATORS", propagators),
                ("OTEL_TRACES_SAMPLER", "always_on"),
            ],
        );
        let (_, fields) = end.printed.split_once("fields ").unwrap();
        fields.lines().next().unwrap().to_owned()
    };
    let unset = fields("");
    assert!(unset.contains("\"traceparent\""), "{unset}");
    assert!(!fields("baggage").contains("traceparent"));
    assert_eq!(fields("none"), "[]");
}

#[test]
fn t9_t14_grpc_to_a_port_of_http_is_told_with_the_remedy() {
    let receiver = Receiver::builder().http1_only().start();
    let end = well(
        "returns",
        &[
            (NAME, &receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ],
    );
    assert_told(
        &end,
        &[
            &receiver.endpoint(),
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ],
    );
}

#[test]
fn t9b_http_to_a_port_of_grpc_is_told_with_the_remedy() {
    let receiver = Receiver::builder().http2_only().start();
    let end = well("returns", &[(NAME, &receiver.endpoint())]);
    assert_told(&end, &[&receiver.endpoint(), "gRPC"]);
}

#[test]
fn t9c_http_json_is_sent_as_json_or_told_to_be_something_else() {
    let receiver = Receiver::start();
    let end = well(
        "returns",
        &[
            (NAME, &receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ],
    );
    assert_complete(&receiver, "returns", &end);
    let requests = receiver.requests();
    let json = requests
        .iter()
        .all(|request| request.header("content-type") == Some("application/json"));
    assert!(json || end.said.contains("http/json"), "{}", end.said);
}

#[test]
fn t10c_an_endpoint_that_ends_in_a_signals_path_is_told_at_the_start() {
    let receiver = Receiver::start();
    let endpoint = format!("{}/v1/traces", receiver.endpoint());
    let end = well("returns", &[(NAME, &endpoint)]);
    assert_told(&end, &["leave out `/v1/traces`"]);
}

#[test]
fn t11_t12_t13_exit_panic_return_and_sigterm_lose_nothing() {
    for case in ["exit", "panics, guard in a static", "returns"] {
        let receiver = Receiver::start();
        let end = run(case, &[(NAME, &receiver.endpoint())]);
        assert_complete(&receiver, case, &end);
    }
    let receiver = Receiver::start();
    let mut program = start("waits", &[(NAME, &receiver.endpoint())]);
    program.wait_for("ready");
    program.signal("TERM");
    assert_complete(&receiver, "SIGTERM", &program.end_soon());
}

#[test]
fn t15_grpc_in_a_current_thread_runtime_or_in_none_ends_quickly_and_completely() {
    for case in ["shutdown in a current-thread runtime", "returns"] {
        let receiver = Receiver::start();
        let program = start(
            case,
            &[
                (NAME, &receiver.endpoint()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ],
        );
        let end = program.end_soon();
        assert!(end.status.success(), "{}", end.said);
        assert_complete(&receiver, case, &end);
    }
}

#[test]
fn t16_a_spawned_task_stays_in_the_trace_with_one_word() {
    let receiver = Receiver::start();
    let end = well("spawns", &[(NAME, &receiver.endpoint())]);
    let spans = receiver.wait_for_spans(6, Duration::from_secs(5));
    let by_name = |name: &str| -> &Span {
        spans
            .iter()
            .find(|span| span.name == name)
            .unwrap_or_else(|| panic!("no {name}: {}", end.said))
    };
    let parent = by_name("parent");
    for (child, of) in [
        ("spawned", parent),
        ("in a set", parent),
        ("on a thread", parent),
        ("below direct", by_name("direct")),
    ] {
        let child = by_name(child);
        assert_eq!(
            child.parent_span_id, of.span_id,
            "{} {}",
            child.name, end.said
        );
        assert_eq!(child.trace_id, parent.trace_id);
    }
    for log in receiver.logs() {
        assert_eq!(log.trace_id, parent.trace_id, "{log:?}");
    }
    // What was spawned does not keep the span open that it was spawned in.
    assert!(parent.end_time_unix_nano > parent.start_time_unix_nano);
}

#[test]
fn t17_rust_log_decides_what_is_printed_and_nothing_of_what_is_traced() {
    for level in ["", "warn", "off"] {
        for (case, names) in [
            ("returns", &["work"][..]),
            ("filters what it prints", &["theirs", "work"]),
            // There `tracing` spans are gone before anybody sees them; ours are made without `tracing`.
            ("filters the whole subscriber", &["work"]),
        ] {
            let receiver = Receiver::start();
            let end = well(case, &[(NAME, &receiver.endpoint()), ("RUST_LOG", level)]);
            let mut spans: Vec<_> = receiver
                .spans()
                .iter()
                .map(|span| span.name.clone())
                .collect();
            spans.sort();
            assert_eq!(spans, names, "{case} {level:?}: {}", end.said);
        }
    }
}

#[test]
fn t18_a_span_of_the_api_below_one_of_tracing_is_in_its_trace() {
    let receiver = Receiver::start();
    let end = well("both kinds of span", &[(NAME, &receiver.endpoint())]);
    let spans = receiver.spans();
    let find = |name: &str| {
        let span = spans.iter().find(|span| span.name == name);
        span.unwrap_or_else(|| panic!("no {name}: {}", end.said))
    };
    assert_eq!(find("inner").parent_span_id, find("outer").span_id);
    assert_eq!(find("inner").trace_id, find("outer").trace_id);
}

#[test]
fn t19_an_endpoint_without_a_scheme_is_told_clearly() {
    let receiver = Receiver::start();
    let endpoint = format!("localhost:{}", receiver.address().port());
    let end = well("returns", &[(NAME, &endpoint)]);
    assert_told(&end, &[&endpoint, "has no scheme"]);
}

#[test]
fn without_a_service_name_the_package_gives_it() {
    let receiver = Receiver::start();
    well("returns", &[(NAME, &receiver.endpoint())]);
    assert_eq!(
        receiver.spans()[0]
            .resource_attribute("service.name")
            .as_deref(),
        Some("otel-auto")
    );
}
