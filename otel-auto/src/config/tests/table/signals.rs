//! Traces, metrics and logs, whatever exports them.

use super::{
    super::{super::signals::Exporter, limit},
    Config, Row, Situations, case, row,
    templates::*,
};

fn exporters(name: &str, show: impl Fn(&Config) -> &Vec<Exporter> + 'static) -> Row {
    names(
        name,
        "[Otlp]",
        ["console", "Console"],
        ["otlp", "Otlp"],
        move |c| format!("{:?}", show(c)),
    )
}

pub(super) fn signals() -> Vec<Row> {
    const DELAY: (u32, &str) = (
        10,
        "is not a whole number of milliseconds from 10 to 2147483647",
    );
    const QUEUE: (u32, u32) = (1, 1 << 20);
    const QUEUED: &str = "is not a whole number from 1 to 1048576";
    const LARGE_SPANS: [(&str, &str); 1] = [("OTEL_BSP_MAX_QUEUE_SIZE", "1048576")];
    const LARGE_LOGS: [(&str, &str); 1] = [("OTEL_BLRP_MAX_QUEUE_SIZE", "1048576")];
    let length = |limit: Option<u32>| limit.map_or_else(|| "all".to_owned(), |l| l.to_string());
    vec![
        exporters("OTEL_TRACES_EXPORTER", |c| &c.traces.exporters),
        exporters("OTEL_METRICS_EXPORTER", |c| &c.metrics.exporters),
        exporters("OTEL_LOGS_EXPORTER", |c| &c.logs.exporters),
        choice(
            "OTEL_TRACES_SAMPLER",
            "parentbased_always_on",
            ["always_off", "always_off"],
            ["parentbased_traceidratio", "parentbased_traceidratio 1"],
            |c| c.traces.sampler.to_string(),
        ),
        row(
            "OTEL_TRACES_SAMPLER_ARG",
            "traceidratio 1",
            |c| c.traces.sampler.to_string(),
            Situations {
                spaces: case(" 0.5 ", "traceidratio 0.5", ""),
                wrong_case: case("1E-1", "traceidratio 0.1", ""),
                nonsense: case(
                    "half",
                    "traceidratio 1",
                    "is not a number from 0 to 1; using 1",
                ),
                zero: case("0", "traceidratio 0", ""),
                negative: case("-0.1", "traceidratio 1", "is not a number from 0 to 1"),
                at_the_boundary: case("1", "traceidratio 1", ""),
                beyond_it: case("1.01", "traceidratio 1", "is not a number from 0 to 1"),
                valid: case("0.25", "traceidratio 0.25", ""),
            },
        )
        .with(&[("OTEL_TRACES_SAMPLER", "traceidratio")]),
        pause("OTEL_BSP_SCHEDULE_DELAY", "5000", DELAY, |c| {
            c.traces.batch.schedule_delay.as_millis().to_string()
        }),
        timeout("OTEL_BSP_EXPORT_TIMEOUT", "30000", |c| {
            limit(c.traces.batch.export_timeout)
        }),
        number("OTEL_BSP_MAX_QUEUE_SIZE", "2048", QUEUE, QUEUED, |c| {
            c.traces.batch.max_queue_size.to_string()
        }),
        number(
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "512",
            QUEUE,
            QUEUED,
            |c| c.traces.batch.max_export_batch_size.to_string(),
        )
        .with(&LARGE_SPANS),
        row(
            "OTEL_RUST_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE",
            "None",
            |c| format!("{:?}", c.traces.baggage),
            Situations {
                spaces: case(" a , b ", r#"Some(Of(["a", "b"]))"#, ""),
                wrong_case: case("A", r#"Some(Of(["A"]))"#, ""),
                nonsense: case("a=b", "None", "which is no key of baggage; it is ignored"),
                zero: case("0", r#"Some(Of(["0"]))"#, ""),
                negative: case("-1", r#"Some(Of(["-1"]))"#, ""),
                at_the_boundary: case("a,*", "Some(All)", ""),
                beyond_it: case("a,b c", r#"Some(Of(["a"]))"#, "leaving that out"),
                valid: case("user.id", r#"Some(Of(["user.id"]))"#, ""),
            },
        ),
        count("OTEL_ATTRIBUTE_COUNT_LIMIT", "128 128", |c| {
            format!(
                "{} {}",
                c.traces.limits.attributes_per_span, c.logs.limits.attributes
            )
        })
        .twice(),
        count("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "all all", move |c| {
            let (spans, logs) = (c.traces.limits.value_length, c.logs.limits.value_length);
            format!("{} {}", length(spans), length(logs))
        })
        .twice(),
        count("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9", move |c| {
            length(c.traces.limits.value_length)
        })
        .with(&[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9")]),
        count(
            "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "all",
            move |c| length(c.logs.limits.value_length),
        ),
        count("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "9", |c| {
            c.logs.limits.attributes.to_string()
        })
        .with(&[("OTEL_ATTRIBUTE_COUNT_LIMIT", "9")]),
        count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "128", |c| {
            c.traces.limits.attributes_per_span.to_string()
        }),
        count("OTEL_SPAN_EVENT_COUNT_LIMIT", "128", |c| {
            c.traces.limits.events_per_span.to_string()
        }),
        count("OTEL_SPAN_LINK_COUNT_LIMIT", "128", |c| {
            c.traces.limits.links_per_span.to_string()
        }),
        count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", |c| {
            c.traces.limits.attributes_per_event.to_string()
        }),
        count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", |c| {
            c.traces.limits.attributes_per_link.to_string()
        }),
        pause(
            "OTEL_METRIC_EXPORT_INTERVAL",
            "60000",
            (
                1,
                "is not a whole number of milliseconds from 1 to 2147483647",
            ),
            |c| {
                let interval = c.metrics.interval_for(Exporter::Otlp);
                interval.as_millis().to_string()
            },
        ),
        timeout("OTEL_METRIC_EXPORT_TIMEOUT", "30000", |c| {
            limit(c.metrics.timeout)
        }),
        choice(
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            "Cumulative",
            ["delta", "Delta"],
            ["lowmemory", "LowMemory"],
            |c| format!("{:?}", c.metrics.temporality),
        ),
        choice(
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "false",
            ["base2_exponential_bucket_histogram", "true"],
            ["explicit_bucket_histogram", "false"],
            |c| c.metrics.exponential_histograms.to_string(),
        ),
        choice(
            "OTEL_METRICS_EXEMPLAR_FILTER",
            "",
            ["trace_based", "noted"],
            ["always_off", ""],
            |c| noted_once(c, "OTEL_METRICS_EXEMPLAR_FILTER"),
        ),
        number(
            "OTEL_RUST_METRICS_CARDINALITY_LIMIT",
            "the SDK's",
            (1, 1_000_000),
            "is not a whole number from 1 to 1000000; using 2000",
            |c| {
                let limit = c.metrics.cardinality_limit;
                limit.map_or_else(|| "the SDK's".to_owned(), |limit| limit.to_string())
            },
        ),
        pause("OTEL_BLRP_SCHEDULE_DELAY", "1000", DELAY, |c| {
            c.logs.batch.schedule_delay.as_millis().to_string()
        }),
        timeout("OTEL_BLRP_EXPORT_TIMEOUT", "30000", |c| {
            limit(c.logs.batch.export_timeout)
        }),
        number("OTEL_BLRP_MAX_QUEUE_SIZE", "2048", QUEUE, QUEUED, |c| {
            c.logs.batch.max_queue_size.to_string()
        }),
        number(
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "512",
            QUEUE,
            QUEUED,
            |c| c.logs.batch.max_export_batch_size.to_string(),
        )
        .with(&LARGE_LOGS),
    ]
}

impl Row {
    /// What is in effect is shown for spans and for log records.
    fn twice(mut self) -> Self {
        let cases = &mut self.cases;
        for (_, shown, _) in [
            &mut cases.spaces,
            &mut cases.zero,
            &mut cases.at_the_boundary,
            &mut cases.valid,
        ] {
            *shown = format!("{shown} {shown}");
        }
        self
    }
}
