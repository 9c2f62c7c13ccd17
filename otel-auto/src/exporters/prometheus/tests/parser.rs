//! The text format as its documentation has it, read strictly: what Prometheus would take in some version but not in
//! all is refused.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
    /// Of its family.
    pub(super) kind: String,
    pub(super) help: String,
}

pub(super) fn parse(text: &str) -> Result<Vec<Sample>, String> {
    if !text.ends_with('\n') {
        return Err("no line break at the end".to_owned());
    }
    let (mut samples, mut series) = (Vec::new(), BTreeSet::new());
    let mut families = BTreeSet::new();
    let (mut family, mut kind, mut help) = (String::new(), String::new(), String::new());
    for line in text.lines() {
        let wrong = |what: &str| format!("{what}: {line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, text) = rest.split_once(' ').ok_or_else(|| wrong("no help"))?;
            begin(name, &mut family, &mut families).map_err(|e| wrong(&e))?;
            kind.clear();
            help = unescape(text, false).ok_or_else(|| wrong("escape"))?;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of) = rest.split_once(' ').ok_or_else(|| wrong("no type"))?;
            if name != family {
                begin(name, &mut family, &mut families).map_err(|e| wrong(&e))?;
                help.clear();
            } else if !kind.is_empty() {
                return Err(wrong("a second type"));
            }
            if !["counter", "gauge", "histogram"].contains(&of) {
                return Err(wrong("type"));
            }
            of.clone_into(&mut kind);
        } else {
            let mut sample = sample(line).ok_or_else(|| wrong("sample"))?;
            let suffix = sample.name.strip_prefix(family.as_str());
            let fits = match (suffix, kind.as_str()) {
                (Some("_bucket"), "histogram") => sample.labels.contains_key("le"),
                (Some("_sum" | "_count"), "histogram") => !sample.labels.contains_key("le"),
                (Some(""), "counter" | "gauge") => true,
                _ => false,
            };
            if !fits {
                return Err(wrong("outside of its family"));
            }
            if !series.insert((sample.name.clone(), sample.labels.clone())) {
                return Err(wrong("the same series again"));
            }
            (sample.kind, sample.help) = (kind.clone(), help.clone());
            samples.push(sample);
        }
    }
    Ok(samples)
}

fn begin(name: &str, family: &mut String, all: &mut BTreeSet<String>) -> Result<(), String> {
    if !is_name(name, true) {
        return Err("name".to_owned());
    }
    if !all.insert(name.to_owned()) {
        return Err("a family in two pieces".to_owned());
    }
    name.clone_into(family);
    Ok(())
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inner.split_once("=\"")?;
            let end = closing_quote(after)?;
            let value = unescape(after.get(..end)?, true)?;
            if !is_name(label, false) || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            inner = after.get(end + 1..)?;
            match inner.split_at(1) {
                (",", more) => inner = more,
                ("}", more) => {
                    rest = more;
                    break;
                }
                _ => return None,
            }
        }
    }
    let value = match rest.strip_prefix(' ')? {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            number.parse().ok()?
        }
        _ => return None,
    };
    is_name(name, true).then(|| Sample {
        name: name.to_owned(),
        labels,
        value,
        kind: String::new(),
        help: String::new(),
    })
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end.then_some(at)
    })
}

fn unescape(text: &str, quotes: bool) -> Option<String> {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                '"' if quotes => '"',
                _ => return None,
            },
            c => c,
        });
    }
    Some(plain)
}

fn is_name(text: &str, colon: bool) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':');
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.starts_with("__")
        && text.chars().all(legal)
}
