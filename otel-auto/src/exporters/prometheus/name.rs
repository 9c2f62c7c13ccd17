//! Names and labels by the rules of "Prometheus and OpenMetrics Compatibility" of the OpenTelemetry specification.

/// What the suffixes of a name tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// The name of a metric, with its unit, and `_total` for counters.
pub(super) fn metric(name: &str, unit: &str, kind: Kind) -> String {
    let mut name = legal(name, |c| c == ':');
    if kind == Kind::Counter {
        name.truncate(name.strip_suffix("_total").unwrap_or(&name).len());
    }
    let unit = match (unit, kind) {
        ("1", Kind::Gauge) => "ratio".to_owned(),
        ("1", _) => String::new(),
        (unit, _) => self::unit(unit),
    };
    // A name that ends in its unit keeps it: `process_cpu_seconds`, `bytes`.
    let has_unit = unit.is_empty()
        || name
            .strip_suffix(unit.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    if !has_unit {
        name.push('_');
        name.push_str(&unit);
    }
    if kind == Kind::Counter {
        name.push_str("_total");
    }
    name
}

/// The name of a label.
pub(super) fn label(key: &str) -> String {
    legal(key, |_| false)
}

/// Letters, digits, `_` and what else is allowed; whatever else becomes one `_`. No digit comes first.
fn legal(text: &str, also: impl Fn(char) -> bool) -> String {
    let mut name = String::with_capacity(text.len() + 1);
    if text.starts_with(|c: char| c.is_ascii_digit()) || text.is_empty() {
        name.push('_');
    }
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || also(c) {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name
}

/// A UCUM unit in Prometheus' words; annotations such as `{request}` are no units.
fn unit(unit: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for c in unit.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let bare = bare.trim();
    let words = match bare.split_once('/') {
        Some((what, per)) => {
            let (what, per) = (many(what.trim()), one(per.trim()));
            match (what, per) {
                (what, "") => what.to_owned(),
                ("", per) => format!("per_{per}"),
                (what, per) => format!("{what}_per_{per}"),
            }
        }
        None => many(bare).to_owned(),
    };
    if words.is_empty() {
        return words;
    }
    // No separator at either end.
    legal(&words, |_| false).trim_matches('_').to_owned()
}

fn many(unit: &str) -> &str {
    match unit {
        "1" => "",
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tebibytes",
        "KBy" | "kBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        other => other,
    }
}

fn one(unit: &str) -> &str {
    match unit {
        "s" => "second",
        "min" | "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_units_and_kinds_as_suffixes_once() {
        use Kind::{Counter, Gauge, Histogram};
        let cases = [
            (
                "http.server.request.duration",
                "s",
                Histogram,
                "http_server_request_duration_seconds",
            ),
            (
                "http.server.active_requests",
                "{request}",
                Gauge,
                "http_server_active_requests",
            ),
            ("sales", "", Counter, "sales_total"),
            ("sales_total", "", Counter, "sales_total"),
            ("sales.total", "{sale}", Counter, "sales_total"),
            ("net.io", "By", Counter, "net_io_bytes_total"),
            ("net.io.bytes", "By", Counter, "net_io_bytes_total"),
            ("net_bytes_total", "By", Counter, "net_bytes_total"),
            ("megabytes", "By", Gauge, "megabytes_bytes"),
            ("bytes", "By", Gauge, "bytes"),
            ("cpu.utilization", "1", Gauge, "cpu_utilization_ratio"),
            ("hits", "1", Counter, "hits_total"),
            ("hits", "1", Histogram, "hits"),
            ("speed", "m/s", Gauge, "speed_meters_per_second"),
            ("rate", "{packet}/s", Gauge, "rate_per_second"),
            ("load", "%", Gauge, "load_percent"),
            ("odd", "a.b", Gauge, "odd_a_b"),
            ("3d.frames", "", Gauge, "_3d_frames"),
            ("a..b--c:d", "", Gauge, "a_b_c:d"),
            ("grüße", "", Gauge, "gr_e"),
            ("total", "", Counter, "total_total"),
        ];
        for (name, unit, kind, expected) in cases {
            assert_eq!(metric(name, unit, kind), expected, "{name} {unit} {kind:?}");
        }
    }

    #[test]
    fn labels_are_legal_whatever_the_key() {
        let cases = [
            ("http.route", "http_route"),
            ("9lives", "_9lives"),
            ("a:b", "a_b"),
            ("", "_"),
            ("\"\n\\", "_"),
        ];
        for (key, expected) in cases {
            assert_eq!(label(key), expected, "{key:?}");
        }
    }
}
