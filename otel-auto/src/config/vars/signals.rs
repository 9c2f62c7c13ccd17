//! What concerns traces, metrics and logs, whatever exports them.

use super::*;

/// More would let a typing error reserve gigabytes: the queue's slots are allocated at the start.
const MAX_QUEUE: u32 = 1 << 20;
/// A processor without a pause uses a whole CPU.
const MIN_SCHEDULE_DELAY: u32 = 10;

variables! { EXPORTERS = "Exporters";
    /// Where spans go, comma-separated: `otlp`, `console`, `otlp/stdout` (a line of JSON per export), or `none`.
    TRACES_EXPORTER: List = "OTEL_TRACES_EXPORTER", List("otlp");
    /// Where metrics go, comma-separated: `otlp`, `console`, `otlp/stdout`, `prometheus` (an endpoint to be scraped), or
    /// `none`.
    METRICS_EXPORTER: List = "OTEL_METRICS_EXPORTER", List("otlp");
    /// Where logs go, comma-separated: `otlp`, `console`, `otlp/stdout`, or `none`.
    LOGS_EXPORTER: List = "OTEL_LOGS_EXPORTER", List("otlp");
}

variables! { TRACES = "Traces";
    /// `always_on`, `always_off`, `traceidratio`, `jaeger_remote`, or one of these after `parentbased_`.
    TRACES_SAMPLER: Choice = "OTEL_TRACES_SAMPLER", Choice("parentbased_always_on");
    /// For the samplers with `traceidratio`: the share of traces that is kept, from 0 to 1. For those with
    /// `jaeger_remote`: `endpoint=http://localhost:14250,pollingIntervalMs=60000,initialSamplingRate=0.001`, where the
    /// endpoint speaks gRPC, and what is left out is as here.
    TRACES_SAMPLER_ARG: Argument = "OTEL_TRACES_SAMPLER_ARG", Argument("1");
    /// The pause between two exports of spans, at least 10.
    BSP_SCHEDULE_DELAY: Millis = "OTEL_BSP_SCHEDULE_DELAY", Millis { default: 5000, min: MIN_SCHEDULE_DELAY };
    /// For one export of spans.
    BSP_EXPORT_TIMEOUT: Timeout = "OTEL_BSP_EXPORT_TIMEOUT", Timeout(Some(30_000));
    /// How many ended spans may wait; later ones are dropped. From 1 to 1048576.
    BSP_MAX_QUEUE_SIZE: Integer = "OTEL_BSP_MAX_QUEUE_SIZE", Integer::up_to(MAX_QUEUE, 2048);
    /// How many spans go in one export; at most the size of the queue.
    BSP_MAX_EXPORT_BATCH_SIZE: Integer = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Integer::up_to(MAX_QUEUE, 512);
    /// How many attributes a span, an event, a link or a log record may have, where its own variable says nothing.
    ATTRIBUTE_COUNT_LIMIT: Integer = "OTEL_ATTRIBUTE_COUNT_LIMIT", Integer::count(Some(128));
    /// How many characters a text in an attribute may have (and how many bytes binary data) of a span, an event, a link
    /// or a log record, where its own variable says nothing; the rest is cut off. No limit when unset. Attributes of
    /// the resource and of metrics have none.
    ATTRIBUTE_VALUE_LENGTH_LIMIT: Integer = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", Integer::count(None);
    /// The same for spans, with their events and links.
    SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: Integer = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", Integer::count(None);
    /// How many attributes a span may have.
    SPAN_ATTRIBUTE_COUNT_LIMIT: Integer = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Integer::count(None);
    /// How many events a span may have.
    SPAN_EVENT_COUNT_LIMIT: Integer = "OTEL_SPAN_EVENT_COUNT_LIMIT", Integer::count(Some(128));
    /// How many links a span may have.
    SPAN_LINK_COUNT_LIMIT: Integer = "OTEL_SPAN_LINK_COUNT_LIMIT", Integer::count(Some(128));
    /// How many attributes an event of a span may have.
    EVENT_ATTRIBUTE_COUNT_LIMIT: Integer = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Integer::count(None);
    /// How many attributes a link may have.
    LINK_ATTRIBUTE_COUNT_LIMIT: Integer = "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Integer::count(None);
    /// The entries of baggage that become attributes of each span, comma-separated, by their keys in exact case; `*` is
    /// all of them. What a span says itself counts for more. Callers write baggage as they like, so at most 32 entries
    /// of a span are taken, with up to 256 characters each.
    SPAN_BAGGAGE: List = "OTEL_RUST_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE", List("");
}

variables! { METRICS = "Metrics";
    /// The pause between two exports of metrics, at least 1. On the console the default is 10000.
    METRIC_EXPORT_INTERVAL: Millis = "OTEL_METRIC_EXPORT_INTERVAL", Millis { default: 60_000, min: 1 };
    /// For one export of metrics.
    METRIC_EXPORT_TIMEOUT: Timeout = "OTEL_METRIC_EXPORT_TIMEOUT", Timeout(Some(30_000));
    /// Since when counts are told over OTLP: `cumulative`, `delta` or `lowmemory`.
    TEMPORALITY: Choice = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Choice("cumulative");
    /// How histograms are counted where metrics go to `otlp`: `explicit_bucket_histogram` or
    /// `base2_exponential_bucket_histogram`, which also holds for instruments with bucket boundaries of their own.
    HISTOGRAM_AGGREGATION: Choice = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", Choice("explicit_bucket_histogram");
    /// `always_on`, `always_off` or `trace_based`. The SDK records no exemplars, so only `always_off` is what happens;
    /// said at `OTEL_LOG_LEVEL=debug`.
    EXEMPLAR_FILTER: Choice = "OTEL_METRICS_EXEMPLAR_FILTER", Choice("always_off");
    /// How many sets of attributes an instrument counts apart; the others are counted together under
    /// `otel.metric.overflow`. From 1 to 1000000.
    CARDINALITY_LIMIT: Integer = "OTEL_RUST_METRICS_CARDINALITY_LIMIT", Integer::up_to(1_000_000, 2000);
}

variables! { LOGS = "Logs";
    /// The pause between two exports of log records, at least 10.
    BLRP_SCHEDULE_DELAY: Millis = "OTEL_BLRP_SCHEDULE_DELAY", Millis { default: 1000, min: MIN_SCHEDULE_DELAY };
    /// For one export of log records.
    BLRP_EXPORT_TIMEOUT: Timeout = "OTEL_BLRP_EXPORT_TIMEOUT", Timeout(Some(30_000));
    /// How many log records may wait; later ones are dropped. From 1 to 1048576.
    BLRP_MAX_QUEUE_SIZE: Integer = "OTEL_BLRP_MAX_QUEUE_SIZE", Integer::up_to(MAX_QUEUE, 2048);
    /// How many log records go in one export; at most the size of the queue.
    BLRP_MAX_EXPORT_BATCH_SIZE: Integer = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", Integer::up_to(MAX_QUEUE, 512);
    /// How many attributes a log record may have.
    LOGRECORD_ATTRIBUTE_COUNT_LIMIT: Integer = "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", Integer::count(None);
    /// How many characters a text in an attribute of a log record may have (and how many bytes binary data).
    LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: Integer = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", Integer::count(None);
}

variables! { PROMETHEUS = "Prometheus";
    /// The name or address that the exporter `prometheus` listens on, for `GET /metrics`.
    PROMETHEUS_HOST: Text = "OTEL_EXPORTER_PROMETHEUS_HOST", Text("localhost");
    /// The port that it listens on.
    PROMETHEUS_PORT: Integer = "OTEL_EXPORTER_PROMETHEUS_PORT", Integer::up_to(65_535, 9464);
}
