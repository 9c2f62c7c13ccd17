#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{
        AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
        any_value::Value,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
        HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
        number_data_point, summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use serde_json::json;

use super::Json;

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn pair(key: &str, of: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(value(of)),
        ..KeyValue::default()
    }
}

/// One of every type, default values too, and text that JSON has to escape.
fn attributes() -> Vec<KeyValue> {
    vec![
        pair(
            "text",
            Value::StringValue("\"\\\n\r\t\u{1}\u{7f}ü\u{2028}😀/".to_owned()),
        ),
        pair("", Value::StringValue(String::new())),
        pair("yes", Value::BoolValue(true)),
        pair("no", Value::BoolValue(false)),
        pair("zero", Value::IntValue(0)),
        pair("least", Value::IntValue(i64::MIN)),
        pair("beyond a float", Value::IntValue((1 << 53) + 1)),
        pair("tiny", Value::DoubleValue(5e-324)),
        pair("huge", Value::DoubleValue(f64::MAX)),
        pair("whole", Value::DoubleValue(-3.0)),
        pair("bytes", Value::BytesValue(vec![0, 255, 7, 8])),
        pair(
            "array",
            Value::ArrayValue(ArrayValue {
                values: vec![value(Value::IntValue(1)), AnyValue { value: None }],
            }),
        ),
        pair(
            "list",
            Value::KvlistValue(KeyValueList {
                values: vec![pair("inner", Value::StringValue("x".to_owned()))],
            }),
        ),
        KeyValue {
            key: "nothing".to_owned(),
            ..KeyValue::default()
        },
    ]
}

fn resource() -> Option<Resource> {
    Some(Resource {
        attributes: attributes(),
        dropped_attributes_count: 1,
        entity_refs: vec![EntityRef {
            schema_url: "s".to_owned(),
            r#type: "service".to_owned(),
            id_keys: vec!["a".to_owned(), "b".to_owned()],
            description_keys: vec!["c".to_owned()],
        }],
    })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "scope".to_owned(),
        version: "1".to_owned(),
        attributes: attributes(),
        dropped_attributes_count: u32::MAX,
    })
}

fn traces() -> ExportTraceServiceRequest {
    let span = Span {
        trace_id: vec![0xab; 16],
        span_id: vec![0x0c; 8],
        trace_state: "a=b".to_owned(),
        parent_span_id: vec![0xde; 8],
        flags: 0x301,
        name: "work".to_owned(),
        kind: 3,
        start_time_unix_nano: u64::MAX,
        end_time_unix_nano: 1_700_000_000_123_456_789,
        attributes: attributes(),
        dropped_attributes_count: 1,
        events: vec![Event {
            time_unix_nano: 5,
            name: "event".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            trace_state: "c=d".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 4,
            flags: 1,
        }],
        dropped_links_count: 5,
        status: Some(Status {
            message: "bad".to_owned(),
            code: 2,
        }),
    };
    ExportTraceServiceRequest {
        resource_spans: vec![
            ResourceSpans {
                resource: resource(),
                scope_spans: vec![ScopeSpans {
                    scope: scope(),
                    spans: vec![span, Span::default()],
                    schema_url: "x".to_owned(),
                }],
                schema_url: "y".to_owned(),
            },
            ResourceSpans::default(),
        ],
    }
}

fn logs() -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: 1,
        observed_time_unix_nano: 2,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(value(Value::StringValue("sold".to_owned()))),
        attributes: attributes(),
        dropped_attributes_count: 3,
        flags: 1,
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        event_name: "sale".to_owned(),
    };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: resource(),
            scope_logs: vec![ScopeLogs {
                scope: scope(),
                log_records: vec![record, LogRecord::default()],
                schema_url: "x".to_owned(),
            }],
            schema_url: "y".to_owned(),
        }],
    }
}

fn metric(name: &str, data: Data) -> Metric {
    Metric {
        name: name.to_owned(),
        description: "what".to_owned(),
        unit: "s".to_owned(),
        metadata: vec![pair("m", Value::BoolValue(true))],
        data: Some(data),
    }
}

fn exemplars() -> Vec<Exemplar> {
    [exemplar::Value::AsInt(-7), exemplar::Value::AsDouble(0.5)]
        .map(|value| Exemplar {
            filtered_attributes: attributes(),
            time_unix_nano: 3,
            span_id: vec![2; 8],
            trace_id: vec![1; 16],
            value: Some(value),
        })
        .to_vec()
}

fn metrics() -> ExportMetricsServiceRequest {
    let number = |value| NumberDataPoint {
        attributes: attributes(),
        start_time_unix_nano: 1,
        time_unix_nano: 2,
        exemplars: exemplars(),
        flags: 1,
        value: Some(value),
    };
    let numbers = vec![
        number(number_data_point::Value::AsInt(i64::MIN)),
        number(number_data_point::Value::AsInt(0)),
        number(number_data_point::Value::AsDouble(0.0)),
        NumberDataPoint::default(),
    ];
    let histogram = HistogramDataPoint {
        attributes: attributes(),
        start_time_unix_nano: 1,
        time_unix_nano: 2,
        count: u64::MAX,
        sum: Some(0.0),
        bucket_counts: vec![0, u64::MAX],
        explicit_bounds: vec![0.005, 1e300],
        exemplars: exemplars(),
        flags: 1,
        min: Some(-1.0),
        max: Some(2.5),
    };
    let exponential = ExponentialHistogramDataPoint {
        attributes: attributes(),
        start_time_unix_nano: 1,
        time_unix_nano: 2,
        count: 3,
        sum: Some(4.0),
        scale: -5,
        zero_count: 6,
        positive: Some(Buckets {
            offset: -7,
            bucket_counts: vec![8, 0],
        }),
        negative: Some(Buckets::default()),
        flags: 1,
        exemplars: exemplars(),
        min: Some(9.0),
        max: Some(10.0),
        zero_threshold: 0.25,
    };
    let summary = SummaryDataPoint {
        attributes: attributes(),
        start_time_unix_nano: 1,
        time_unix_nano: 2,
        count: 3,
        sum: 0.0,
        quantile_values: vec![ValueAtQuantile {
            quantile: 0.0,
            value: 1.5,
        }],
        flags: 1,
    };
    let all = vec![
        metric(
            "gauge",
            Data::Gauge(Gauge {
                data_points: numbers.clone(),
            }),
        ),
        metric(
            "sum",
            Data::Sum(Sum {
                data_points: numbers,
                aggregation_temporality: 2,
                is_monotonic: true,
            }),
        ),
        metric(
            "histogram",
            Data::Histogram(Histogram {
                data_points: vec![histogram, HistogramDataPoint::default()],
                aggregation_temporality: 1,
            }),
        ),
        metric(
            "exponential",
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![exponential, ExponentialHistogramDataPoint::default()],
                aggregation_temporality: 2,
            }),
        ),
        metric(
            "summary",
            Data::Summary(Summary {
                data_points: vec![summary],
            }),
        ),
        Metric::default(),
    ];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: resource(),
            scope_metrics: vec![ScopeMetrics {
                scope: scope(),
                metrics: all,
                schema_url: "x".to_owned(),
            }],
            schema_url: "y".to_owned(),
        }],
    }
}

/// The reader is `opentelemetry-proto`'s, which shares no line with the writer.
#[test]
fn every_field_of_every_message_comes_back_from_another_reader() {
    assert_eq!(
        serde_json::from_str::<ExportTraceServiceRequest>(&traces().json()).unwrap(),
        traces()
    );
    assert_eq!(
        serde_json::from_str::<ExportLogsServiceRequest>(&logs().json()).unwrap(),
        logs()
    );
    assert_eq!(
        serde_json::from_str::<ExportMetricsServiceRequest>(&metrics().json()).unwrap(),
        metrics()
    );
}

#[test]
fn a_message_is_one_line_without_nulls() {
    for text in [traces().json(), logs().json(), metrics().json()] {
        assert!(!text.contains(['\n', '\r']), "{text}");
        assert!(!text.contains("null"), "{text}");
    }
    assert_eq!(ExportTraceServiceRequest::default().json(), "{}");
}

#[test]
fn ids_are_hex_enumerations_numbers_and_long_integers_strings() {
    let text: serde_json::Value = serde_json::from_str(&traces().json()).unwrap();
    let span = &text["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["traceId"], json!("ab".repeat(16)));
    assert_eq!(span["spanId"], json!("0c".repeat(8)));
    assert_eq!(span["kind"], json!(3));
    assert_eq!(span["status"], json!({"message": "bad", "code": 2}));
    assert_eq!(span["startTimeUnixNano"], json!("18446744073709551615"));
    assert_eq!(
        span["attributes"][6]["value"],
        json!({"intValue": "9007199254740993"})
    );
    assert_eq!(
        span["attributes"][10]["value"],
        json!({"bytesValue": "AP8HCA=="})
    );
    let text: serde_json::Value = serde_json::from_str(&metrics().json()).unwrap();
    let all = &text["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let sum = &all[1]["sum"];
    assert_eq!(sum["aggregationTemporality"], json!(2));
    assert_eq!(sum["dataPoints"][0]["asInt"], json!("-9223372036854775808"));
    let histogram = &all[2]["histogram"]["dataPoints"];
    assert_eq!(
        histogram[0]["bucketCounts"],
        json!(["0", "18446744073709551615"])
    );
    assert_eq!(histogram[0]["explicitBounds"], json!([0.005, 1e300]));
    assert_eq!(histogram[1], json!({}));
}

#[test]
fn numbers_that_json_does_not_have_are_named() {
    let names = [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (number, name) in names {
        let mut request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans::default()],
        };
        request.resource_spans[0].resource = Some(Resource {
            attributes: vec![pair("x", Value::DoubleValue(number))],
            ..Resource::default()
        });
        let expected = format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"x","value":{{"doubleValue":"{name}"}}}}]}}}}]}}"#
        );
        assert_eq!(request.json(), expected);
    }
}
