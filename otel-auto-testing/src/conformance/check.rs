//! Spans, metric points and events, held against the registry.

use opentelemetry::{Array, InstrumentationScope, KeyValue, Value, trace::SpanKind};

use super::{
    Strength::{self, Kit, Must, Should},
    Violation,
    registry::{self, Group, Level, REGISTRY, Type},
    violation::section,
};
use crate::{MetricPoint, MetricValue, SpanView, span::text};

/// Holds captured telemetry against the registry of semantic conventions: what is there has to be as the registry says,
/// and nothing may be there that it does not have. What a request should have led to is for the suites to know.
///
/// ```
/// use otel_auto_testing::{Capture, conformance::Check};
/// use otel_auto_core::opentelemetry::trace::{Tracer, TracerProvider};
///
/// let capture = Capture::new();
/// capture.tracer("example").in_span("GET", |_| ());
/// let violations = Check::new().span("http.client", &capture.span("GET"));
/// assert!(violations.iter().any(|violation| violation.rule == "the kind is client"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Check {
    opted_in: Vec<String>,
}

impl Check {
    /// Nothing that is opt-in may be there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The user asked for these metrics and attributes, which are opt-in. `http.request.header` stands for all headers.
    #[must_use]
    pub fn opted_in(mut self, names: &[&str]) -> Self {
        self.opted_in
            .extend(names.iter().copied().map(str::to_owned));
        self
    }

    /// All rules that a span breaks. The convention is the span's id in the registry without `span.`: `http.server`,
    /// `http.client`, `rpc.grpc.call.server`, `rpc.grpc.call.client`, `db.client`.
    #[must_use]
    pub fn span(&self, convention: &str, span: &SpanView) -> Vec<Violation> {
        let what = format!("{convention} span");
        let Some(group) = REGISTRY.span(convention) else {
            let rule = "the registry has it";
            return vec![Violation::new(
                Kit,
                what,
                rule,
                section::REGISTRY,
                &span.name,
            )];
        };
        let mut violations = Vec::new();
        let kind = match span.kind {
            SpanKind::Client => "client",
            SpanKind::Server => "server",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
            SpanKind::Internal => "internal",
        };
        if kind != group.kind {
            let rule = format!("the kind is {}", group.kind);
            violations.push(Violation::new(Must, &what, rule, section::REGISTRY, kind));
        }
        scope(&what, &span.data.instrumentation_scope, &mut violations);
        self.attributes(&what, group, &span.data.attributes, &mut violations);
        violations
    }

    /// All rules that a point of a metric breaks.
    #[must_use]
    pub fn metric(&self, point: &MetricPoint) -> Vec<Violation> {
        let what = &point.name;
        let mut violations = Vec::new();
        let mut add = |strength, rule: String, section, found: String| {
            violations.push(Violation::new(strength, what, rule, section, found));
        };
        let Some(metric) = REGISTRY.metric(what) else {
            let rule = "a metric is in the registry".to_owned();
            add(Kit, rule, section::REGISTRY, what.clone());
            return violations;
        };
        if registry::is_opt_in(what) && !self.is_opted_in(what) {
            let rule = "not without the user's asking".to_owned();
            add(Must, rule, section::METRIC_LEVELS, "it is there".to_owned());
        }
        if point.instrument != metric.instrument {
            let rule = format!("the instrument is {:?}", metric.instrument);
            let found = format!("{:?}", point.instrument);
            add(Must, rule, section::METRICS, found);
        }
        if point.unit != metric.unit {
            let rule = format!("the unit is {}", metric.unit);
            add(Must, rule, section::METRICS, format!("{:?}", point.unit));
        }
        if let (Some(wanted), MetricValue::Histogram { bounds, .. }) =
            (registry::bounds(what), &point.value)
        {
            // An exponential histogram has none.
            if !bounds.is_empty() && bounds != wanted {
                let rule = "the buckets have the bounds of the conventions".to_owned();
                add(Should, rule, section::METRICS, format!("{bounds:?}"));
            }
        }
        if point.description.is_empty() {
            let rule = "it has a description".to_owned();
            add(Kit, rule, section::METRICS, "it has none".to_owned());
        }
        scope(what, &point.scope, &mut violations);
        self.attributes(what, &metric.group, &point.key_values, &mut violations);
        violations
    }

    /// All rules that the points break.
    #[must_use]
    pub fn metrics(&self, points: &[MetricPoint]) -> Vec<Violation> {
        points.iter().flat_map(|point| self.metric(point)).collect()
    }

    fn is_opted_in(&self, name: &str) -> bool {
        self.opted_in.iter().any(|known| {
            name.strip_prefix(known.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    pub(super) fn attributes(
        &self,
        what: &str,
        group: &Group,
        attributes: &[KeyValue],
        violations: &mut Vec<Violation>,
    ) {
        let mut add = |strength, rule: String, section, found: String| {
            violations.push(Violation::new(strength, what, rule, section, found));
        };
        for (key, level) in &group.attributes {
            let found = find(attributes, key);
            if *level == Level::Required && found.is_none_or(is_empty) {
                let rule = format!("{key} is required");
                let found = found.map_or("it is missing", |_| "it is \"\"").to_owned();
                add(Must, rule, section::ATTRIBUTE_LEVELS, found);
            }
        }
        for (at, attribute) in attributes.iter().enumerate() {
            let (key, value) = (attribute.key.as_str(), &attribute.value);
            if find(attributes.get(..at).unwrap_or_default(), key).is_some() {
                let rule = "a key is there once".to_owned();
                add(Must, rule, section::UNIQUE_KEYS, key.to_owned());
                continue;
            }
            if let Some(instead) = REGISTRY.deprecated(key) {
                let rule = "no deprecated attribute".to_owned();
                add(Should, rule, section::REGISTRY, format!("{key}: {instead}"));
                continue;
            }
            let level = REGISTRY.level(group, key);
            match level {
                None => {
                    let rule = "no attribute that the registry does not have here".to_owned();
                    add(
                        Kit,
                        rule,
                        section::REGISTRY,
                        format!("{key}={}", text(value)),
                    );
                    continue;
                }
                Some(Level::OptIn) if !self.is_opted_in(key) => {
                    let rule = "no opt-in attribute without the user's asking".to_owned();
                    add(Must, rule, section::ATTRIBUTE_LEVELS, key.to_owned());
                }
                Some(_) => {}
            }
            if level != Some(Level::Required) && is_empty(value) {
                let rule = "what is not known is left out, not empty".to_owned();
                add(Should, rule, section::ATTRIBUTE_LEVELS, key.to_owned());
                continue;
            }
            if let Some((strength, wanted)) =
                REGISTRY.kind(key).and_then(|kind| mistyped(kind, value))
            {
                let rule = format!("{} is {wanted}", REGISTRY.name(key));
                add(strength, rule, section::REGISTRY, format!("{value:?}"));
            }
        }
    }
}

fn scope(what: &str, scope: &InstrumentationScope, violations: &mut Vec<Violation>) {
    for (part, is_there) in [
        ("name", !scope.name().is_empty()),
        ("version", scope.version().is_some()),
        ("schema URL", scope.schema_url().is_some()),
    ] {
        if !is_there {
            let rule = format!("the scope has a {part}");
            let found = format!("{:?} has none", scope.name());
            violations.push(Violation::new(Should, what, rule, section::SCOPE, found));
        }
    }
}

pub(super) fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)
        .map(|attribute| &attribute.value)
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.as_str().is_empty())
}

/// What it is instead, if a value does not have the type.
fn mistyped(kind: &Type, value: &Value) -> Option<(Strength, String)> {
    let (strength, is_right, wanted) = match kind {
        Type::String => (Must, matches!(value, Value::String(_)), "a string"),
        Type::Int => (Must, matches!(value, Value::I64(_)), "an int"),
        Type::Double => (Must, matches!(value, Value::F64(_)), "a double"),
        Type::Boolean => (Must, matches!(value, Value::Bool(_)), "a boolean"),
        Type::Strings => (
            Must,
            matches!(value, Value::Array(Array::String(_))),
            "an array of strings",
        ),
        Type::Enumeration(members) => {
            let Value::String(text) = value else {
                return Some((Must, "a string".to_owned()));
            };
            let is_member = members.iter().any(|member| member == text.as_str());
            let has_other = members.iter().any(|member| member == "_OTHER");
            if members.len() == 1 {
                // `_OTHER` alone, as for `error.type`: a library has names of its own.
                (Must, true, "a string")
            } else if has_other {
                (Must, is_member, "one of the known values, or _OTHER")
            } else {
                // A value that the registry does not know may still be right.
                (Kit, is_member, "one of the registry's values")
            }
        }
    };
    (!is_right).then(|| (strength, wanted.to_owned()))
}

/// What a suite knows of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// This, as text.
    Is(String),
    /// It has nothing to tell.
    Absent,
    /// Nothing is known.
    Open,
}

impl Fact {
    #[allow(clippy::needless_pass_by_value)]
    pub(super) fn is(value: impl ToString) -> Self {
        Self::Is(value.to_string())
    }

    /// This, or absent.
    pub(super) fn of(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Absent, Self::is)
    }
}

/// Holds attributes against facts. Keys that the convention does not have are skipped.
pub(super) fn facts(
    what: &str,
    group: &Group,
    attributes: &[KeyValue],
    facts: &[(&str, Fact)],
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (key, fact) in facts {
        let Some(level) = REGISTRY.level(group, key) else {
            continue;
        };
        let strength = match level {
            Level::Required | Level::ConditionallyRequired { .. } => Must,
            Level::Recommended => Should,
            Level::OptIn => continue,
        };
        let found = find(attributes, key).filter(|value| !is_empty(value));
        let mut add = |strength, rule: String, found: String| {
            let section = section::ATTRIBUTE_LEVELS;
            violations.push(Violation::new(strength, what, rule, section, found));
        };
        match (fact, found) {
            (Fact::Is(_), None) => match level {
                // The check of the registry has seen it.
                Level::Required => {}
                Level::ConditionallyRequired { .. } => {
                    let rule = format!("{key} is conditionally required");
                    add(strength, rule, "it is missing".to_owned());
                }
                _ => {
                    let rule = format!("{key} is recommended");
                    add(strength, rule, "it is missing".to_owned());
                }
            },
            (Fact::Is(wanted), Some(found)) if text(found) != *wanted => {
                // A value of the wrong kind was told by the check of the registry.
                let kind = REGISTRY.kind(key);
                if kind.and_then(|kind| mistyped(kind, found)).is_none() {
                    // Which of several headers these are taken from is only recommended.
                    let is_guess = key.starts_with("server.") || *key == "url.scheme";
                    let strength = if is_guess { Should } else { strength };
                    let rule = format!("{key} tells what was sent");
                    add(strength, rule, format!("{:?}, not {wanted:?}", text(found)));
                }
            }
            (Fact::Absent, Some(found)) => {
                let strength = match level {
                    Level::ConditionallyRequired { only: true } => Must,
                    _ => Should,
                };
                let rule = format!("{key} is left out where it has nothing to tell");
                add(strength, rule, text(found));
            }
            _ => {}
        }
    }
    violations
}
