//! The text format, version 0.0.4: every metric family in one piece, whatever scopes its series are of.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    metrics::v1::{HistogramDataPoint, Metric, NumberDataPoint, metric::Data, number_data_point},
};

use super::name::{self, Kind};
use crate::exporters::json::any_to_json;

/// A page, and the names that two metrics of different types have.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) conflicts: Vec<String>,
}

pub(super) fn render(metrics: &ExportMetricsServiceRequest) -> Page {
    let mut families = Families::default();
    for resource in &metrics.resource_metrics {
        if let Some(resource) = &resource.resource {
            families.target_info(&resource.attributes);
        }
        for scoped in &resource.scope_metrics {
            let scope = scope_labels(scoped.scope.as_ref(), &scoped.schema_url);
            for metric in &scoped.metrics {
                families.add(metric, &scope);
            }
        }
    }
    families.page()
}

#[derive(Default)]
struct Families {
    families: Vec<Family>,
    by_name: HashMap<String, usize>,
    conflicts: Vec<String>,
}

struct Family {
    name: String,
    kind: Kind,
    help: String,
    lines: String,
}

impl Families {
    fn page(self) -> Page {
        let mut text = String::new();
        for family in self
            .families
            .iter()
            .filter(|family| !family.lines.is_empty())
        {
            let kind = match family.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            if !family.help.is_empty() {
                let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
                let _ = writeln!(text, "# HELP {} {help}", family.name);
            }
            let _ = writeln!(text, "# TYPE {} {kind}", family.name);
            text.push_str(&family.lines);
        }
        Page {
            text,
            conflicts: self.conflicts,
        }
    }

    fn target_info(&mut self, attributes: &[KeyValue]) {
        let labels = Labels::new(attributes, &[]);
        if let Some(family) = self.family("target_info".to_owned(), Kind::Gauge, "Target metadata")
        {
            family.line("", &labels, None, "1");
        }
    }

    /// The first metric of a name says what it is.
    fn family(&mut self, name: String, kind: Kind, help: &str) -> Option<&mut Family> {
        let at = *self.by_name.entry(name.clone()).or_insert_with(|| {
            self.families.push(Family {
                name: name.clone(),
                kind,
                help: help.to_owned(),
                lines: String::new(),
            });
            self.families.len() - 1
        });
        let family = self.families.get_mut(at)?;
        if family.kind != kind {
            self.conflicts.push(name);
            return None;
        }
        Some(family)
    }

    fn add(&mut self, metric: &Metric, scope: &[(String, String)]) {
        let kind = match &metric.data {
            Some(Data::Sum(sum)) if sum.is_monotonic => Kind::Counter,
            Some(Data::Sum(_) | Data::Gauge(_)) => Kind::Gauge,
            Some(Data::Histogram(_) | Data::ExponentialHistogram(_)) => Kind::Histogram,
            // The SDK makes none.
            Some(Data::Summary(_)) | None => return,
        };
        let name = name::metric(&metric.name, &metric.unit, kind);
        let Some(family) = self.family(name, kind, &metric.description) else {
            return;
        };
        match &metric.data {
            Some(Data::Sum(sum)) => family.numbers(&sum.data_points, scope),
            Some(Data::Gauge(gauge)) => family.numbers(&gauge.data_points, scope),
            Some(Data::Histogram(histogram)) => {
                for point in &histogram.data_points {
                    family.histogram(point, scope);
                }
            }
            // The text format has no buckets that move; sum and count are what is left.
            Some(Data::ExponentialHistogram(histogram)) => {
                for point in &histogram.data_points {
                    let labels = Labels::new(&point.attributes, scope);
                    family.distribution(&labels, point.count, point.sum);
                }
            }
            Some(Data::Summary(_)) | None => {}
        }
    }
}

impl Family {
    fn numbers(&mut self, points: &[NumberDataPoint], scope: &[(String, String)]) {
        for point in points {
            let value = match point.value {
                Some(number_data_point::Value::AsInt(value)) => value.to_string(),
                Some(number_data_point::Value::AsDouble(value)) => number(value),
                None => continue,
            };
            self.line("", &Labels::new(&point.attributes, scope), None, &value);
        }
    }

    fn histogram(&mut self, point: &HistogramDataPoint, scope: &[(String, String)]) {
        let labels = Labels::new(&point.attributes, scope);
        let mut below = 0_u64;
        for (bound, count) in point.explicit_bounds.iter().zip(&point.bucket_counts) {
            below = below.saturating_add(*count);
            let (bound, below) = (number(*bound), below.to_string());
            self.line("_bucket", &labels, Some(&bound), &below);
        }
        self.distribution(&labels, point.count, point.sum);
    }

    fn distribution(&mut self, labels: &Labels, count: u64, sum: Option<f64>) {
        let count = count.to_string();
        self.line("_bucket", labels, Some("+Inf"), &count);
        if let Some(sum) = sum {
            self.line("_sum", labels, None, &number(sum));
        }
        self.line("_count", labels, None, &count);
    }

    fn line(&mut self, suffix: &str, labels: &Labels, bound: Option<&str>, value: &str) {
        self.lines.push_str(&self.name);
        self.lines.push_str(suffix);
        let bound = bound.map(|bound| format!("le=\"{bound}\""));
        let mut separator = '{';
        for label in [bound.as_deref().unwrap_or_default(), &labels.0] {
            if !label.is_empty() {
                self.lines.push(separator);
                self.lines.push_str(label);
                separator = ',';
            }
        }
        if separator == ',' {
            self.lines.push('}');
        }
        self.lines.push(' ');
        self.lines.push_str(value);
        self.lines.push('\n');
    }
}

/// `a="1",b="2"`.
struct Labels(String);

impl Labels {
    fn new(attributes: &[KeyValue], scope: &[(String, String)]) -> Self {
        // By the original key first: of keys that become one label, the values are joined in that order.
        let mut sorted: Vec<_> = attributes.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for attribute in sorted {
            let mut label = name::label(&attribute.key);
            // Ours, and Prometheus' own.
            if label == "le" || label.starts_with("otel_scope_") || label.starts_with("__") {
                label.insert_str(0, "exported_");
            }
            let value = attribute.value.as_ref().map(text).unwrap_or_default();
            labels
                .entry(label)
                .and_modify(|joined| {
                    joined.push(';');
                    joined.push_str(&value);
                })
                .or_insert(value);
        }
        for (label, value) in scope {
            labels.insert(label.clone(), value.clone());
        }
        let mut text = String::new();
        for (label, value) in labels {
            let separator = if text.is_empty() { "" } else { "," };
            let _ = write!(text, "{separator}{label}=\"{}\"", escaped(&value));
        }
        Self(text)
    }
}

fn scope_labels(scope: Option<&InstrumentationScope>, schema_url: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            labels.push((format!("otel_scope_{label}"), value.to_owned()));
        }
    };
    if let Some(scope) = scope {
        for attribute in &scope.attributes {
            let value = attribute.value.as_ref().map(text).unwrap_or_default();
            add(name::label(&attribute.key).trim_start_matches('_'), &value);
        }
        // After the attributes, of which none may replace these.
        add("name", &scope.name);
        add("version", &scope.version);
    }
    add("schema_url", schema_url);
    labels
}

/// Strings as they are, all else in JSON.
fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        _ => any_to_json(value),
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        let text = format!("{value:?}");
        text.strip_suffix(".0").unwrap_or(&text).to_owned()
    }
}
