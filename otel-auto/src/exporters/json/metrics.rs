use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        ResourceMetrics, ScopeMetrics, SummaryDataPoint, exemplar,
        exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
        summary_data_point::ValueAtQuantile,
    },
};

use super::{
    Json,
    common::{attributes, pair, resource, scope},
    writer::{self, Object, object},
};

impl Json for ExportMetricsServiceRequest {
    fn json(&self) -> String {
        let mut out = String::new();
        object(&mut out, |out| {
            out.objects("resourceMetrics", &self.resource_metrics, of_resource);
        });
        out
    }
}

fn of_resource(metrics: &ResourceMetrics, out: &mut Object<'_>) {
    out.object("resource", metrics.resource.as_ref(), resource);
    out.objects("scopeMetrics", &metrics.scope_metrics, of_scope);
    out.text("schemaUrl", &metrics.schema_url);
}

fn of_scope(metrics: &ScopeMetrics, out: &mut Object<'_>) {
    out.object("scope", metrics.scope.as_ref(), scope);
    out.objects("metrics", &metrics.metrics, metric);
    out.text("schemaUrl", &metrics.schema_url);
}

fn metric(metric: &Metric, out: &mut Object<'_>) {
    out.text("name", &metric.name);
    out.text("description", &metric.description);
    out.text("unit", &metric.unit);
    match &metric.data {
        Some(Data::Gauge(gauge)) => writer::object(out.member("gauge"), |out| {
            out.objects("dataPoints", &gauge.data_points, number);
        }),
        Some(Data::Sum(sum)) => writer::object(out.member("sum"), |out| {
            out.objects("dataPoints", &sum.data_points, number);
            out.number("aggregationTemporality", sum.aggregation_temporality);
            out.flag("isMonotonic", sum.is_monotonic);
        }),
        Some(Data::Histogram(all)) => writer::object(out.member("histogram"), |out| {
            out.objects("dataPoints", &all.data_points, histogram);
            out.number("aggregationTemporality", all.aggregation_temporality);
        }),
        Some(Data::ExponentialHistogram(all)) => {
            writer::object(out.member("exponentialHistogram"), |out| {
                out.objects("dataPoints", &all.data_points, exponential);
                out.number("aggregationTemporality", all.aggregation_temporality);
            });
        }
        Some(Data::Summary(all)) => writer::object(out.member("summary"), |out| {
            out.objects("dataPoints", &all.data_points, summary);
        }),
        None => {}
    }
    out.objects("metadata", &metric.metadata, pair);
}

fn number(point: &NumberDataPoint, out: &mut Object<'_>) {
    attributes(&point.attributes, out);
    out.long("startTimeUnixNano", point.start_time_unix_nano);
    out.long("timeUnixNano", point.time_unix_nano);
    out.objects("exemplars", &point.exemplars, exemplar);
    out.number("flags", point.flags);
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => out.float("asDouble", Some(value)),
        Some(number_data_point::Value::AsInt(value)) => out.text("asInt", &value.to_string()),
        None => {}
    }
}

fn histogram(point: &HistogramDataPoint, out: &mut Object<'_>) {
    attributes(&point.attributes, out);
    out.long("startTimeUnixNano", point.start_time_unix_nano);
    out.long("timeUnixNano", point.time_unix_nano);
    out.long("count", point.count);
    out.float("sum", point.sum);
    counts("bucketCounts", &point.bucket_counts, out);
    out.list("explicitBounds", &point.explicit_bounds, |bound, out| {
        writer::float(out, *bound);
    });
    out.objects("exemplars", &point.exemplars, exemplar);
    out.number("flags", point.flags);
    out.float("min", point.min);
    out.float("max", point.max);
}

fn exponential(point: &ExponentialHistogramDataPoint, out: &mut Object<'_>) {
    attributes(&point.attributes, out);
    out.long("startTimeUnixNano", point.start_time_unix_nano);
    out.long("timeUnixNano", point.time_unix_nano);
    out.long("count", point.count);
    out.float("sum", point.sum);
    out.number("scale", point.scale);
    out.long("zeroCount", point.zero_count);
    out.object("positive", point.positive.as_ref(), buckets);
    out.object("negative", point.negative.as_ref(), buckets);
    out.number("flags", point.flags);
    out.objects("exemplars", &point.exemplars, exemplar);
    out.float("min", point.min);
    out.float("max", point.max);
    let threshold = Some(point.zero_threshold);
    out.float("zeroThreshold", threshold.filter(|&width| width != 0.0));
}

fn buckets(buckets: &Buckets, out: &mut Object<'_>) {
    out.number("offset", buckets.offset);
    counts("bucketCounts", &buckets.bucket_counts, out);
}

fn counts(key: &str, counts: &[u64], out: &mut Object<'_>) {
    out.list(key, counts, |count, out| writer::long(out, *count));
}

fn summary(point: &SummaryDataPoint, out: &mut Object<'_>) {
    attributes(&point.attributes, out);
    out.long("startTimeUnixNano", point.start_time_unix_nano);
    out.long("timeUnixNano", point.time_unix_nano);
    out.long("count", point.count);
    out.float("sum", Some(point.sum));
    out.objects("quantileValues", &point.quantile_values, quantile);
    out.number("flags", point.flags);
}

fn quantile(value: &ValueAtQuantile, out: &mut Object<'_>) {
    out.float("quantile", Some(value.quantile));
    out.float("value", Some(value.value));
}

fn exemplar(exemplar: &Exemplar, out: &mut Object<'_>) {
    out.objects("filteredAttributes", &exemplar.filtered_attributes, pair);
    out.long("timeUnixNano", exemplar.time_unix_nano);
    out.hex("spanId", &exemplar.span_id);
    out.hex("traceId", &exemplar.trace_id);
    match exemplar.value {
        Some(exemplar::Value::AsDouble(value)) => out.float("asDouble", Some(value)),
        Some(exemplar::Value::AsInt(value)) => out.text("asInt", &value.to_string()),
        None => {}
    }
}
