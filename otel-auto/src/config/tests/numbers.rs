//! Flags, switches, choices, integers, durations and timeouts.

use super::{super::signals::Exporter, check, check_with, limit, read};

#[test]
fn a_flag_is_true_only_for_true() {
    const WRONG: &str = "is neither `true` nor `false`; using false";
    let cases = [
        ("", "false", ""),
        ("true", "true", ""),
        (" True ", "true", ""),
        ("FALSE", "false", ""),
        ("1", "false", WRONG),
        ("yes", "false", WRONG),
        ("0", "false", WRONG),
    ];
    check("OTEL_SDK_DISABLED", |c| c.disabled.to_string(), &cases);
}

#[test]
fn a_switch_is_off_only_for_false() {
    const WRONG: &str = "is neither `true` nor `false`; using true";
    let cases = [
        ("", "true", ""),
        ("false", "false", ""),
        (" False ", "false", ""),
        ("TRUE", "true", ""),
        ("0", "true", WRONG),
        ("no", "true", WRONG),
    ];
    check(
        "OTEL_RUST_HTTP_SERVER_ACTIVE_REQUESTS_ENABLED",
        |c| c.http.server_active_requests.to_string(),
        &cases,
    );
}

#[test]
fn choices_are_read_in_any_case() {
    check(
        "OTEL_RUST_BANNER",
        |c| format!("{:?}", c.banner),
        &[
            ("", "Line", ""),
            (" OFF ", "Off", ""),
            ("Line", "Line", ""),
            ("none", "Line", "is none of off, line; using line"),
            ("0", "Line", "is none of off, line; using line"),
        ],
    );
    check(
        "OTEL_LOG_LEVEL",
        |c| c.log_level.to_string(),
        &[
            ("", "info", ""),
            ("None", "off", ""),
            ("ERROR", "error", ""),
            (" debug ", "debug", ""),
            ("verbose", "trace", ""),
            (
                "loud",
                "info",
                "is none of none, error, warn, info, debug, trace, verbose, all; using info",
            ),
        ],
    );
    check(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        |c| format!("{:?}", c.metrics.temporality),
        &[
            ("", "Cumulative", ""),
            ("DELTA", "Delta", ""),
            (" LowMemory", "LowMemory", ""),
            (
                "low_memory",
                "Cumulative",
                "is none of cumulative, delta, lowmemory; using cumulative",
            ),
        ],
    );
}

#[test]
fn a_timeout_of_zero_is_no_limit() {
    for (variable, default) in [
        ("OTEL_RUST_SHUTDOWN_TIMEOUT", "2000"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "30000"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "30000"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "30000"),
    ] {
        let wrong = &*format!(
            "is not a whole number of milliseconds from 0 to 2147483647; using {default}"
        );
        let cases = [
            ("", default, ""),
            (" 5 ", "5", ""),
            ("0", "no limit", ""),
            ("2147483647", "2147483647", ""),
            ("2147483648", default, wrong),
            ("-1", default, wrong),
            ("1.5", default, wrong),
            ("10s", default, wrong),
        ];
        let show = |c: &super::Config| {
            limit(match variable {
                "OTEL_RUST_SHUTDOWN_TIMEOUT" => c.shutdown_timeout,
                "OTEL_BSP_EXPORT_TIMEOUT" => c.traces.batch.export_timeout,
                "OTEL_BLRP_EXPORT_TIMEOUT" => c.logs.batch.export_timeout,
                _ => c.metrics.timeout,
            })
        };
        check(variable, show, &cases);
    }
}

#[test]
fn a_pause_has_a_floor() {
    const WRONG: &str = "is not a whole number of milliseconds from 10 to 2147483647; using ";
    for (variable, default) in [
        ("OTEL_BSP_SCHEDULE_DELAY", "5000"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "1000"),
    ] {
        let wrong = &*format!("{WRONG}{default}");
        let show = |c: &super::Config| {
            let batch = if default == "5000" {
                &c.traces.batch
            } else {
                &c.logs.batch
            };
            batch.schedule_delay.as_millis().to_string()
        };
        let cases = [
            ("", default, ""),
            ("10", "10", ""),
            ("9", default, wrong),
            ("0", default, wrong),
            ("-5", default, wrong),
            ("soon", default, wrong),
            ("99999999999999999999", default, wrong),
        ];
        check(variable, show, &cases);
    }
}

#[test]
fn queues_and_batches_are_positive_and_bounded() {
    const WRONG: &str = "is not a whole number from 1 to 1048576; using ";
    for (variable, default) in [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "2048"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512"),
    ] {
        let wrong = &*format!("{WRONG}{default}");
        let show = |c: &super::Config| {
            let batch = if variable.contains("BSP") {
                &c.traces.batch
            } else {
                &c.logs.batch
            };
            if variable.contains("QUEUE") {
                batch.max_queue_size
            } else {
                batch.max_export_batch_size
            }
            .to_string()
        };
        let cases = [
            ("", default, ""),
            (" 1 ", "1", ""),
            ("1024", "1024", ""),
            ("0", default, wrong),
            ("-1", default, wrong),
            ("1048577", default, wrong),
            ("4294967296", default, wrong),
            ("many", default, wrong),
        ];
        check(variable, show, &cases);
    }
    check(
        "OTEL_BSP_MAX_QUEUE_SIZE",
        |c| c.traces.batch.max_queue_size.to_string(),
        &[("1048576", "1048576", "")],
    );
}

#[test]
fn a_batch_is_never_larger_than_its_queue() {
    let show = |c: &super::Config| c.traces.batch.max_export_batch_size.to_string();
    check_with(
        &[("OTEL_BSP_MAX_QUEUE_SIZE", "100")],
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        show,
        &[
            ("", "100", ""),
            ("99", "99", ""),
            ("100", "100", ""),
            (
                "101",
                "100",
                "is more than OTEL_BSP_MAX_QUEUE_SIZE, which is 100; using 100",
            ),
            (
                "0",
                "100",
                "is not a whole number from 1 to 1048576; using 100",
            ),
        ],
    );
}

#[test]
fn the_metric_interval_is_positive_and_shorter_on_the_console() {
    const WRONG: &str = "is not a whole number of milliseconds from 1 to 2147483647; \
                         using 60000, or 10000 on the console";
    let show = |c: &super::Config| {
        let [otlp, console] =
            [Exporter::Otlp, Exporter::Console].map(|e| c.metrics.interval_for(e).as_millis());
        format!("{otlp} {console}")
    };
    check(
        "OTEL_METRIC_EXPORT_INTERVAL",
        show,
        &[
            ("", "60000 10000", ""),
            ("1", "1 1", ""),
            ("500", "500 500", ""),
            ("0", "60000 10000", WRONG),
            ("-1", "60000 10000", WRONG),
        ],
    );
}

#[test]
fn a_span_limit_falls_back_on_the_general_one() {
    let show = |c: &super::Config| {
        let l = c.traces.limits;
        format!(
            "{} {} {} {} {}",
            l.attributes_per_span,
            l.events_per_span,
            l.links_per_span,
            l.attributes_per_event,
            l.attributes_per_link
        )
    };
    let wrong = "is not a whole number from 0 to 2147483647; using";
    let general = &*format!("{wrong} 128");
    check(
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        show,
        &[
            ("", "128 128 128 128 128", ""),
            ("7", "7 128 128 7 7", ""),
            ("0", "0 128 128 0 0", ""),
            ("-1", "128 128 128 128 128", general),
        ],
    );
    let set = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "7")];
    let own = &*format!("{wrong} 7");
    let cases = [
        ("", "7 128 128 7 7", ""),
        ("3", "3 128 128 7 7", ""),
        ("x", "7 128 128 7 7", own),
    ];
    check_with(&set, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", show, &cases);
    check_with(
        &set,
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        show,
        &[("3", "7 128 128 3 7", "")],
    );
    check_with(
        &set,
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        show,
        &[("3", "7 128 128 7 3", "")],
    );
    check(
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        show,
        &[("2147483647", "128 2147483647 128 128 128", "")],
    );
    check(
        "OTEL_SPAN_LINK_COUNT_LIMIT",
        show,
        &[("2147483648", "128 128 128 128 128", general)],
    );
}

#[test]
fn several_wrong_values_give_one_warning_each() {
    let (_, warnings) = read(&[
        ("OTEL_SDK_DISABLED", "on"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
    ]);
    assert_eq!(
        warnings,
        [
            "OTEL_SDK_DISABLED=\"on\" is neither `true` nor `false`; using false",
            "OTEL_EXPORTER_OTLP_TIMEOUT=\"-1\" is not a whole number of milliseconds from 0 to 2147483647; using 10000",
            "OTEL_BSP_MAX_QUEUE_SIZE=\"0\" is not a whole number from 1 to 1048576; using 2048",
        ]
    );
}
