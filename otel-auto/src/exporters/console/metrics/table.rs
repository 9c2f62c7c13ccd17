//! Metrics as one table: a line per point, columns that nothing fills left out, seconds as durations. `~` marks
//! columns estimated from buckets.

use super::super::style::{Paint, Style};
use super::super::text::{clean, count, duration, left, right, width};
use super::{Distribution, Metric, Number, Point, PointValue};

const HEADER: [&str; COLUMNS] = [
    "metric", "unit", "value", "count", "mean", "p50~", "p99~", "max",
];
const COLUMNS: usize = 8;
const MAX_NAME: usize = 48;
const MAX_UNIT: usize = 16;
const MAX_VALUE: usize = 40;
/// The last column may go on in the terminal's next line: a series that cannot be told from another says nothing.
const MAX_ATTRIBUTES: usize = 400;

struct Row {
    cells: [String; COLUMNS],
    attributes: String,
}

/// Draws metrics as a table, sorted by service and name; nothing for no points.
#[must_use]
pub fn render_metrics(metrics: &[Metric], style: &Style) -> String {
    let mut metrics: Vec<_> = metrics.iter().collect();
    metrics.sort_by_key(|metric| (&metric.service, &metric.name));
    let services = metrics.chunk_by(|a, b| a.service == b.service);
    services.map(|metrics| table(metrics, style)).collect()
}

fn table(metrics: &[&Metric], style: &Style) -> String {
    let total: usize = metrics.iter().map(|metric| metric.points.len()).sum();
    if total == 0 {
        return String::new();
    }
    let mut rows = Vec::new();
    for metric in metrics {
        let mut points: Vec<_> = metric.points.iter().collect();
        points.sort_by_key(|point| &point.attributes);
        for (index, point) in points.into_iter().enumerate() {
            if rows.len() < style.max_rows {
                rows.push(row(metric, point, index == 0));
            }
        }
    }
    let hidden = total - rows.len();
    let mut header = HEADER.map(str::to_owned);
    let service = metrics.first().map_or("", |metric| &metric.service);
    if let Some(first) = header.first_mut().filter(|_| !service.is_empty()) {
        *first = format!("metrics of {}", clean(service, MAX_NAME - 11));
    }
    let mut widths = [0; COLUMNS];
    for (column, widest) in widths.iter_mut().enumerate() {
        let cells = rows.iter().filter_map(|row| row.cells.get(column));
        *widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
        if *widest > 0 {
            *widest = header
                .get(column)
                .map_or(0, |cell| width(cell))
                .max(*widest);
        }
    }

    let title = Row {
        cells: header,
        attributes: "attributes".to_owned(),
    };
    let bare = rows.iter().all(|row| row.attributes.is_empty());
    let title = line(&title, &widths, bare);
    let mut out = format!("{}\n", style.paint(&title, Paint::Dim));
    for row in &rows {
        out.push_str(&line(row, &widths, bare));
        out.push('\n');
    }
    if hidden > 0 {
        out.push_str(&format!("… {} more\n", count(hidden, "point")));
    }
    out
}

fn line(row: &Row, widths: &[usize; COLUMNS], bare: bool) -> String {
    let mut line = String::new();
    for (column, (cell, &to)) in row.cells.iter().zip(widths).enumerate() {
        if to > 0 {
            // Texts to the left, numbers to the right.
            line.push_str(&if column < 2 {
                left(cell, to)
            } else {
                right(cell, to)
            });
            line.push_str("  ");
        }
    }
    if !bare {
        line.push_str(&clean(&row.attributes, MAX_ATTRIBUTES));
    }
    line.truncate(line.trim_end().len());
    line
}

fn row(metric: &Metric, point: &Point, first: bool) -> Row {
    let name = if first {
        clean(&metric.name, MAX_NAME)
    } else {
        String::new()
    };
    let unit = if first {
        clean(&metric.unit, MAX_UNIT)
    } else {
        String::new()
    };
    let amount = |value: Option<f64>| match value {
        None => "-".to_owned(),
        Some(value) if metric.unit == "s" => seconds(value),
        Some(value) => decimal(value),
    };
    let cells = match &point.value {
        PointValue::Number(number) => {
            let value = match number {
                Number::Int(value) => value.to_string(),
                Number::Uint(value) => value.to_string(),
                Number::Double(value) => amount(Some(*value)),
            };
            [
                name,
                unit,
                value,
                empty(),
                empty(),
                empty(),
                empty(),
                empty(),
            ]
        }
        PointValue::Distribution(of) => {
            let [p50, p99] = [0.5, 0.99].map(|share| amount(of.quantile(share)));
            let (count, mean) = (of.count.to_string(), amount(of.mean()));
            [
                name,
                unit,
                empty(),
                count,
                mean,
                p50,
                p99,
                amount(highest(of)),
            ]
        }
    };
    let pairs = point.attributes.iter();
    let pairs =
        pairs.map(|(key, value)| format!("{}={}", clean(key, MAX_VALUE), clean(value, MAX_VALUE)));
    Row {
        cells,
        attributes: pairs.collect::<Vec<_>>().join(" "),
    }
}

fn empty() -> String {
    String::new()
}

/// The maximum, or the finite bound it lies below.
fn highest(of: &Distribution) -> Option<f64> {
    of.max.or_else(|| {
        of.buckets
            .last()
            .map(|bucket| bucket.high)
            .filter(|high| high.is_finite())
    })
}

fn seconds(value: f64) -> String {
    let nanos = value * 1e9;
    if (0.0..1e18).contains(&nanos) {
        return duration(nanos.round() as u64);
    }
    decimal(value)
}

/// Four significant digits, without trailing zeros.
fn decimal(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 1e-4) {
        return format!("{value:.3e}");
    }
    let places = if magnitude > 0.0 {
        (3.0 - magnitude.log10().floor()).clamp(0.0, 7.0) as usize
    } else {
        0
    };
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

impl Number {
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Uint(value) => value as f64,
            Self::Double(value) => value,
        }
    }
}
