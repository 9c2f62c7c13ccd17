//! The collector's own output, as spans, data points and log records.

use std::{collections::BTreeMap, rc::Rc};

pub(super) type Values = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Span,
    DataPoint,
    LogRecord,
}

/// One thing that the collector received. Values are as it prints them: `Int(200)`, `Str(GET)`.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) resource: Rc<Values>,
    pub(super) scope: String,
    /// `Name`, `Trace ID`, `Value`, …; a data point has those of its metric too.
    pub(super) fields: Values,
    pub(super) attributes: Values,
}

impl Item {
    #[track_caller]
    pub(super) fn field(&self, name: &str) -> &str {
        match self.fields.get(name) {
            Some(value) => value,
            None => panic!("no {name:?} in {self:#?}"),
        }
    }

    #[track_caller]
    pub(super) fn assert_attributes(&self, expected: &[(&str, &str)]) {
        assert_contains(&self.attributes, expected);
    }

    #[track_caller]
    pub(super) fn assert_resource(&self, expected: &[(&str, &str)]) {
        assert_contains(&self.resource, expected);
    }
}

#[track_caller]
fn assert_contains(values: &Values, expected: &[(&str, &str)]) {
    for (key, value) in expected {
        assert_eq!(
            values.get(*key).map(String::as_str),
            Some(*value),
            "{key} of {values:#?}"
        );
    }
}

/// The items of a kind with this field.
pub(super) fn find<'a>(items: &'a [Item], kind: Kind, field: &str, value: &str) -> Vec<&'a Item> {
    items
        .iter()
        .filter(|item| item.kind == kind)
        .filter(|item| item.fields.get(field).is_some_and(|found| found == value))
        .collect()
}

/// Where a line of the form `-> key: value` belongs.
enum Section {
    Resource,
    Metric,
    Item,
}

pub(super) fn parse(output: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut resource = Rc::new(Values::new());
    let mut scope = String::new();
    let mut metric = Values::new();
    let mut section = Section::Resource;
    // False between the lines of a resource, scope or metric and those of its next item.
    let mut open = false;
    for line in output.lines().map(str::trim) {
        if line.starts_with("Resource") && line.contains(" #") {
            (resource, metric, open) = (Rc::default(), Values::new(), false);
            section = Section::Resource;
        } else if line == "Descriptor:" {
            (metric, open) = (Values::new(), false);
            section = Section::Metric;
        } else if let Some(name) = line.strip_prefix("InstrumentationScope ") {
            (metric, open) = (Values::new(), false);
            scope = name.to_owned();
        } else if let Some(kind) = item(line) {
            items.push(Item {
                kind,
                resource: Rc::clone(&resource),
                scope: scope.clone(),
                fields: metric.clone(),
                attributes: Values::new(),
            });
            open = true;
            section = Section::Item;
        } else if let Some((key, value)) = pair(line) {
            let attribute = line.starts_with("-> ");
            let values = match (&section, items.last_mut()) {
                (Section::Resource, _) if attribute => Rc::make_mut(&mut resource),
                (Section::Metric, _) if attribute => &mut metric,
                (Section::Item, Some(item)) if attribute => &mut item.attributes,
                (Section::Item, Some(item)) if open => &mut item.fields,
                _ => continue,
            };
            values.insert(key.to_owned(), value.to_owned());
        }
    }
    items
}

fn item(line: &str) -> Option<Kind> {
    let (name, _) = line.split_once(" #")?;
    match name {
        "Span" => Some(Kind::Span),
        "LogRecord" => Some(Kind::LogRecord),
        "NumberDataPoints" | "HistogramDataPoints" => Some(Kind::DataPoint),
        _ => None,
    }
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("-> ").unwrap_or(line).split_once(':')?;
    Some((key.trim(), value.trim()))
}
