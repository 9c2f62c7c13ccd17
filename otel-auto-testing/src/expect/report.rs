//! All that was captured, for the end of a failure.

use std::fmt::Write as _;

use super::value::shown;
use crate::{Capture, LogView, MetricPoint, MetricValue};

pub(crate) fn spans(capture: &Capture) -> String {
    section("captured spans", &capture.tree()) + &open(capture)
}

/// The spans that were waited for, if there are any.
pub(crate) fn open(capture: &Capture) -> String {
    let names: Vec<_> = capture
        .open()
        .iter()
        .map(|name| format!("{name:?}"))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("\nnot ended yet: {}\n", names.join(", "))
}

pub(crate) fn metrics(capture: &Capture) -> String {
    let lines: String = capture.metrics().iter().map(point).collect();
    section("captured metrics", &lines)
}

pub(crate) fn logs(capture: &Capture) -> String {
    let lines: String = capture.logs().iter().map(log).collect();
    section("captured log records", &lines)
}

fn section(title: &str, lines: &str) -> String {
    if lines.is_empty() {
        return format!(
            "\n{title}: none; did the code run inside of `scope`, `in_scope` or a server with `layer`?\n"
        );
    }
    let mut out = format!("\n{title}:\n");
    for line in lines.lines() {
        let _ = writeln!(out, "    {line}");
    }
    out
}

/// Times and sizes differ from run to run, so of histograms only the count is told.
fn point(point: &MetricPoint) -> String {
    let attributes: Vec<_> = point
        .sorted()
        .map(|(key, value)| format!("{key}={}", shown(value)))
        .collect();
    let value = match point.value {
        MetricValue::Number(number) => number.to_string(),
        MetricValue::Histogram { count, .. } => format!("recorded {count} times"),
    };
    format!("{}{{{}}} {value}\n", point.name, attributes.join(", "))
}

fn log(log: &LogView) -> String {
    let severity = log.severity.map_or("", |severity| severity.name());
    format!("{severity} {}\n", log.body)
}
