//! What a diagnosis says: each case is a process of its own, against a receiver that misbehaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod support;

use std::{net::TcpListener, time::Duration};

use otel_auto_testing::receiver::{Behaviour, Receiver};
use support::{CASE, run};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

const SECRET: &str = "hunter2";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// One diagnosis, on stdout.
fn print_diagnosis() {
    let diagnosis = otel_auto::diagnose();
    println!("{diagnosis}\nok: {}", diagnosis.is_ok());
}

#[otel_auto::instrumented]
fn work() {}

/// What the child processes do.
#[test]
fn case() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "diagnose" => {
            let _otel = otel_auto::init!();
            work();
            print_diagnosis();
        }
        "diagnose in a runtime" => runtime().block_on(async {
            let _otel = otel_auto::init!();
            print_diagnosis();
        }),
        "set in code" => {
            let _otel = otel_auto::builder()
                .service_name("shop")
                .resource_attribute("team", "tills")
                .init();
            print_diagnosis();
        }
        "without a name" => {
            let _otel = otel_auto::init();
            print_diagnosis();
        }
        "never" => print_diagnosis(),
        "guard dropped" => {
            let _ = otel_auto::init!();
            print_diagnosis();
        }
        "filtered" => {
            tracing_subscriber::registry()
                .with(LevelFilter::WARN)
                .with(otel_auto::tracing_layer())
                .init();
            let _otel = otel_auto::init!();
            print_diagnosis();
        }
        "without our layer" => {
            tracing_subscriber::registry().init();
            let _otel = otel_auto::init!();
            print_diagnosis();
        }
        "another SDK" => {
            let _otel = otel_auto::init!();
            let other = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
            opentelemetry::global::set_tracer_provider(other);
            print_diagnosis();
        }
        "after a while" => {
            let otel = otel_auto::init!();
            for _ in 0..3 {
                work();
            }
            otel.flush();
            print_diagnosis();
        }
        "init alone" => {
            let _otel = otel_auto::init!();
        }
        other => panic!("no such case: {other}"),
    }
}

/// What the case printed on stdout and stderr. It ended well, and no secret is in it.
#[track_caller]
fn said(case: &str, environment: &[(&str, &str)]) -> (String, String) {
    let (output, took) = run(case, environment);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{case}: {printed}{complained}");
    assert!(took < Duration::from_secs(15), "{case} took {took:?}");
    for text in [&printed, &complained] {
        assert!(!text.contains(SECRET), "{text}");
    }
    (printed, complained)
}

#[track_caller]
fn diagnosis(case: &str, environment: &[(&str, &str)]) -> String {
    said(case, environment).0
}

/// A port nobody listens on.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn a_healthy_program_has_no_problem_and_its_settings_name_their_sources() {
    for protocol in ["http/protobuf", "grpc"] {
        let receiver = Receiver::start();
        let endpoint = receiver.endpoint();
        let text = diagnosis(
            "diagnose",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                (
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    "authorization=Basic%20hunter2",
                ),
                ("OTEL_BSP_SCHEDULE_DELAY", "4000"),
            ],
        );
        assert_has(
            &text,
            &[
                "diagnosis: no problem found",
                "ok: true",
                "· service.name = otel-auto (package)",
                "· traces = otlp (default)",
                &format!("· traces.protocol = {protocol} (OTEL_EXPORTER_OTLP_PROTOCOL)"),
                "traces.headers = authorization: *** (OTEL_EXPORTER_OTLP_HEADERS)",
                "· traces.timeout = 10000 ms (default)",
                "· OTEL_BSP_SCHEDULE_DELAY = 4000",
                "· OTEL_AUTO_TEST_CASE is set, which is no name known here",
                &format!("✔ traces {endpoint}"),
                &format!("✔ metrics {endpoint}"),
                &format!("✔ logs {endpoint}"),
                "→ DNS 127.0.0.1 (",
                "→ TCP 127.0.0.1:",
                " with authorization: *** → DNS 127.0.0.1 (",
                " → 200 OK in ",
                "✔ a test context is sent as traceparent",
                "✔ the subscriber is the one that init() installs",
                "✔ a span at INFO passes its filters",
                "✔ parentbased_always_on: a new trace is recorded, a span below a sampled parent recorded, \
                 below an unsampled one not recorded",
                "✔ spans of opentelemetry::global come here",
                "✔ instrumented: at work",
                "not used so far",
                "· traces: 1 started, 1 waiting, 0 exported",
            ],
        );
        let tried = receiver.requests();
        assert!(
            tried[..3]
                .iter()
                .all(|request| request.header("authorization") == Some("Basic hunter2")),
        );
        let spans = receiver.wait_for_spans(1, Duration::from_secs(5));
        assert_eq!(spans.len(), 1, "the diagnosis leaves no span: {spans:?}");
        assert!(spans[0].name.ends_with("work"), "{}", spans[0].name);
    }
}

#[test]
fn a_diagnosis_may_be_made_in_a_runtime_of_one_thread() {
    let receiver = Receiver::start();
    let text = diagnosis(
        "diagnose in a runtime",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert_has(
        &text,
        &[
            "no problem found",
            "called in a tokio runtime (CurrentThread)",
        ],
    );
}

#[test]
fn what_code_sets_is_told_as_code() {
    let text = diagnosis(
        "set in code",
        &[
            ("OTEL_SERVICE_NAME", "other"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &dead()),
        ],
    );
    assert_has(
        &text,
        &[
            "· service.name = shop (code)",
            "· resource attribute team (code)",
        ],
    );
}

#[test]
fn every_misbehaviour_of_a_receiver_has_its_cause_and_its_fix() {
    let refusing = |status| {
        Receiver::builder()
            .behaviour(Behaviour::refuse(status))
            .start()
    };
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2");
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let plain = ("OTEL_BSP_SCHEDULE_DELAY", "5000");
    for (receiver, path, more, parts) in [
        (
            refusing(401),
            "",
            headers,
            &[
                "with api-key: *** →",
                "401 Unauthorized",
                "check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
            ][..],
        ),
        (
            refusing(403),
            "",
            plain,
            &[
                "403 Forbidden",
                "no credentials were sent: set OTEL_EXPORTER_OTLP_HEADERS",
            ],
        ),
        (
            refusing(401),
            "",
            grpc,
            &[
                "UNAUTHENTICATED (gRPC code 16)",
                "OTEL_EXPORTER_OTLP_HEADERS",
            ],
        ),
        (
            refusing(404),
            "/v1/traces",
            plain,
            &[
                "/v1/traces/v1/traces →",
                "404 Not Found; the path is doubled: OTEL_EXPORTER_OTLP_ENDPOINT is a base",
            ],
        ),
        (
            refusing(404),
            "/nowhere",
            plain,
            &["404 Not Found; check the path of the endpoint"],
        ),
        (
            refusing(415),
            "",
            plain,
            &[
                "415 Unsupported Media Type",
                "set another OTEL_EXPORTER_OTLP_PROTOCOL",
            ],
        ),
        (
            refusing(503),
            "",
            plain,
            &["503 Service Unavailable; it is not ready"],
        ),
        (
            Receiver::builder()
                .behaviour(Behaviour::refuse(429).retry_after(Duration::from_secs(30)))
                .start(),
            "",
            plain,
            &["429 Too Many Requests; it gets more than it takes; it asks to come back in 30s"],
        ),
        (
            Receiver::builder().http2_only().start(),
            "",
            plain,
            &["it speaks gRPC or TLS"],
        ),
        (
            Receiver::builder().http1_only().start(),
            "",
            grpc,
            &["OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"],
        ),
        (
            Receiver::builder()
                .behaviour(Behaviour::black_hole())
                .start(),
            "",
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
            &["no answer within 500ms"],
        ),
    ] {
        let endpoint = format!("{}{path}", receiver.endpoint());
        let text = diagnosis(
            "diagnose",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                more,
                ("OTEL_RUST_SHUTDOWN_TIMEOUT", "200"),
            ],
        );
        assert_has(&text, parts);
        assert_has(
            &text,
            &[
                "ok: false",
                &format!("✘ traces {}", receiver.endpoint()),
                "→ TCP 127.0.0.1:",
            ],
        );
    }
}

#[test]
fn nobody_listening_and_an_unknown_host_and_a_missing_authority_are_told_apart() {
    let text = diagnosis("diagnose", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &dead())]);
    assert_has(
        &text,
        &["connection refused; is a collector listening there?"],
    );
    assert!(!text.contains("→ TCP"), "{text}");

    let url = "http://user:hunter2@nowhere.invalid:4318/?token=hunter2";
    let text = diagnosis("diagnose", &[("OTEL_EXPORTER_OTLP_ENDPOINT", url)]);
    assert_has(
        &text,
        &[
            "the host name \"nowhere.invalid\" was not found",
            "✘ OTEL_EXPORTER_OTLP_ENDPOINT=",
        ],
    );
    assert!(!text.contains("→ DNS"), "{text}");

    let receiver = Receiver::start();
    let url = receiver.endpoint().replace("http:", "https:");
    let text = diagnosis("diagnose", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    assert_has(
        &text,
        &["TLS failed", "the receiver does not speak TLS, try http://"],
    );
}

#[test]
fn settings_that_cannot_be_used_and_names_that_nobody_reads_are_problems() {
    let receiver = Receiver::start();
    let text = diagnosis(
        "without a name",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_SERVICENAME", "shop"),
            ("OTEL_EXPORTER_OTLP_TRACE_HEADERS", "api-key=hunter2"),
        ],
    );
    assert_has(
        &text,
        &[
            "ok: false",
            "✘ OTEL_TRACES_SAMPLER=\"sometimes\" is none of",
            "· sampler = parentbased_always_on (OTEL_TRACES_SAMPLER, but see above)",
            "✘ OTEL_SERVICENAME is read by nobody; is OTEL_SERVICE_NAME meant?",
            "✘ OTEL_EXPORTER_OTLP_TRACE_HEADERS is read by nobody; is OTEL_EXPORTER_OTLP_TRACES_HEADERS meant?",
            "✘ service.name = unknown_service:",
        ],
    );
}

#[test]
fn telemetry_that_is_not_there_says_why() {
    assert_has(
        &diagnosis("never", &[]),
        &["✘ it is not set up: call otel_auto::init!()", "ok: false"],
    );
    assert_has(
        &diagnosis("guard dropped", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &dead())]),
        &["✘ it was set up, and has ended: keep the guard"],
    );
    assert_has(
        &diagnosis("diagnose", &[("OTEL_SDK_DISABLED", "true")]),
        &[
            "✘ it is off: OTEL_SDK_DISABLED=true",
            "· nothing leaves over OTLP",
        ],
    );
    assert_has(
        &diagnosis(
            "diagnose",
            &[
                ("OTEL_PROPAGATORS", "none"),
                ("OTEL_TRACES_EXPORTER", "none"),
            ],
        ),
        &[
            "✘ a test context leaves no header behind",
            "· no spans are made",
        ],
    );
    assert_has(
        &diagnosis("diagnose", &[("OTEL_TRACES_SAMPLER", "always_off")]),
        &["✘ always_off: a new trace is not recorded"],
    );
}

#[test]
fn what_stands_between_a_span_and_the_sdk_is_found() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    assert_has(
        &diagnosis("filtered", &environment),
        &[
            "✘ a span at INFO does not become an OpenTelemetry span",
            "· levels: warn now",
        ],
    );
    assert_has(
        &diagnosis("without our layer", &environment),
        &[
            "✘ the subscriber is the program's, without our layer: add .with(otel_auto::tracing_layer())",
        ],
    );
    assert_has(
        &diagnosis("another SDK", &environment),
        &["✘ spans of opentelemetry::global do not come here"],
    );
}

#[test]
fn counters_tell_what_was_exported_and_the_last_failure() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let text = diagnosis("after a while", &environment);
    assert_has(&text, &["· traces: 3 started, 0 waiting, 3 exported\n"]);
    receiver.behave(Behaviour::refuse(401));
    let text = diagnosis("after a while", &environment);
    assert_has(
        &text,
        &[
            "✘ traces: 3 started, 0 waiting, 0 exported, 3 lost in failed exports; last failure: http://127.0.0.1:",
        ],
    );
}

#[test]
fn the_variable_prints_the_report_on_stderr_even_of_a_short_program() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let (printed, complained) = said(
        "init alone",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_RUST_DIAGNOSE", "1"),
            ("OTEL_LOG_LEVEL", "none"),
        ],
    );
    assert_has(
        &complained,
        &[
            "diagnosis: no problem found",
            "✔ it is set up",
            "→ 200 OK in ",
        ],
    );
    assert!(!printed.contains("diagnosis"), "{printed}");
    let (_, complained) = said("init alone", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert!(!complained.contains("diagnosis"), "{complained}");
}
