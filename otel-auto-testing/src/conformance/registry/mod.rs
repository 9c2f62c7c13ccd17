//! The needed part of the registry of semantic conventions, as data: `semconv.json`, cut out by `scripts/registry`.
//!
//! What the conventions say in prose alone, as the bounds of histograms and which metrics are opt-in, is in [`prose`].

mod prose;

pub(super) use prose::{bounds, is_opt_in};

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value as Json;

use crate::Instrument;

/// All of it.
pub(super) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    // The file is a part of this crate; a test reads it.
    serde_json::from_str(include_str!("semconv.json"))
        .ok()
        .and_then(|json| Registry::of(&json))
        .unwrap_or_default()
});

#[derive(Debug, Default)]
pub(super) struct Registry {
    spans: BTreeMap<String, Group>,
    metrics: BTreeMap<String, Metric>,
    events: BTreeMap<String, Event>,
    types: BTreeMap<String, Type>,
    deprecated: BTreeMap<String, String>,
}

/// The attributes of a span, a metric or an event.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) kind: String,
    pub(super) attributes: BTreeMap<String, Level>,
}

#[derive(Debug)]
pub(super) struct Metric {
    pub(super) instrument: Instrument,
    pub(super) unit: String,
    pub(super) group: Group,
}

#[derive(Debug)]
pub(super) struct Event {
    /// The severity number that instrumentations should give it, if the registry has one.
    pub(super) severity: Option<u64>,
    pub(super) group: Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Required,
    ConditionallyRequired {
        /// "If and only if": it must be left out otherwise.
        only: bool,
    },
    Recommended,
    OptIn,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    String,
    Int,
    Double,
    Boolean,
    Strings,
    /// A string, one of these. With `_OTHER` alone, any other string will do.
    Enumeration(Vec<String>),
}

impl Registry {
    fn of(json: &Json) -> Option<Self> {
        let each = |name: &str| json.get(name)?.as_object();
        let mut registry = Self::default();
        for (key, kind) in each("types")? {
            registry.types.insert(key.clone(), Type::of(kind)?);
        }
        for (name, span) in each("spans")? {
            registry.spans.insert(name.clone(), Group::of(span)?);
        }
        for (name, key) in prose::REQUIRED {
            let span = registry.spans.get_mut(name)?;
            span.attributes.insert(key.to_owned(), Level::Required);
        }
        for (name, metric) in each("metrics")? {
            let metric = Metric {
                instrument: match metric.get("instrument")?.as_str()? {
                    "counter" => Instrument::Counter,
                    "updowncounter" => Instrument::UpDownCounter,
                    "gauge" => Instrument::Gauge,
                    "histogram" => Instrument::Histogram,
                    _ => return None,
                },
                unit: metric.get("unit")?.as_str()?.to_owned(),
                group: Group::of(metric)?,
            };
            registry.metrics.insert(name.clone(), metric);
        }
        for (name, event) in each("events")? {
            let event = Event {
                severity: event.get("severity")?.as_u64(),
                group: Group::of(event)?,
            };
            registry.events.insert(name.clone(), event);
        }
        for (key, note) in each("deprecated")? {
            registry
                .deprecated
                .insert(key.clone(), note.as_str()?.to_owned());
        }
        Some(registry)
    }

    pub(super) fn span(&self, name: &str) -> Option<&Group> {
        self.spans.get(name)
    }

    pub(super) fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.get(name)
    }

    pub(super) fn event(&self, name: &str) -> Option<&Event> {
        self.events.get(name)
    }

    /// What stands in place of a deprecated attribute.
    pub(super) fn deprecated(&self, key: &str) -> Option<&str> {
        self.deprecated.get(key).map(String::as_str)
    }

    /// The type of an attribute: of `http.request.header.accept` that of `http.request.header`.
    pub(super) fn kind(&self, key: &str) -> Option<&Type> {
        self.types.get(key).or_else(|| {
            let (prefix, _) = self.template(key)?;
            self.types.get(prefix)
        })
    }

    /// The attribute as the registry names it: `http.request.header` for all headers.
    pub(super) fn name<'a>(&'a self, key: &'a str) -> &'a str {
        self.template(key).map_or(key, |(name, _)| name)
    }

    fn template<'a>(&'a self, key: &str) -> Option<(&'a str, &'a Type)> {
        self.types
            .iter()
            .find(|(name, _)| {
                key.strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'))
                    && prose::TEMPLATES.contains(&name.as_str())
            })
            .map(|(name, kind)| (name.as_str(), kind))
    }

    /// The level of an attribute in a group, and the name under which it is there.
    pub(super) fn level(&self, group: &Group, key: &str) -> Option<Level> {
        let of = |key: &str| group.attributes.get(key).copied();
        of(key).or_else(|| of(self.template(key)?.0))
    }
}

impl Group {
    fn of(json: &Json) -> Option<Self> {
        let kind = json.get("kind").and_then(Json::as_str).unwrap_or_default();
        let mut group = Self {
            kind: kind.to_owned(),
            ..Self::default()
        };
        for (key, level) in json.get("attributes")?.as_object()? {
            let level = level.as_str()?;
            let (level, condition) = level.split_once(": ").unwrap_or((level, ""));
            let level = match level {
                "required" => Level::Required,
                "conditionally_required" => Level::ConditionallyRequired {
                    only: condition.starts_with("If and only if"),
                },
                "recommended" => Level::Recommended,
                "opt_in" => Level::OptIn,
                _ => return None,
            };
            group.attributes.insert(key.clone(), level);
        }
        Some(group)
    }
}

impl Type {
    fn of(json: &Json) -> Option<Self> {
        if let Some(members) = json.as_array() {
            let members = members
                .iter()
                .map(|member| member.as_str().map(str::to_owned));
            return members.collect::<Option<_>>().map(Self::Enumeration);
        }
        let name = json.as_str()?;
        let name = name
            .strip_prefix("template[")
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(name);
        Some(match name {
            "string" => Self::String,
            "int" => Self::Int,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "string[]" => Self::Strings,
            _ => return None,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_whole() {
        let server = REGISTRY.span("http.server").unwrap();
        assert_eq!(server.kind, "server");
        assert_eq!(REGISTRY.level(server, "url.path"), Some(Level::Required));
        assert_eq!(
            REGISTRY.level(server, "http.request.header.accept"),
            Some(Level::OptIn)
        );
        assert_eq!(REGISTRY.level(server, "url.path.more"), None);
        assert_eq!(
            REGISTRY.level(server, "http.route"),
            Some(Level::ConditionallyRequired { only: true })
        );
        assert_eq!(
            REGISTRY.level(server, "server.port"),
            Some(Level::ConditionallyRequired { only: false })
        );
        assert_eq!(
            REGISTRY.kind("http.request.header.accept"),
            Some(&Type::Strings)
        );
        let Some(Type::Enumeration(methods)) = REGISTRY.kind("http.request.method") else {
            panic!("an enumeration")
        };
        assert!(methods.contains(&"QUERY".to_owned()));
        assert_eq!(
            REGISTRY.metric("rpc.server.call.duration").unwrap().unit,
            "s"
        );
        let event = REGISTRY.event("http.server.request.exception").unwrap();
        assert_eq!(event.severity, Some(17));
        assert!(event.group.attributes.contains_key("exception.type"));
        assert!(REGISTRY.deprecated("http.method").is_some());
        assert!(REGISTRY.span("rpc.grpc.call.client").is_some());
    }

    #[test]
    fn what_is_written_by_hand_is_about_things_that_exist() {
        for name in prose::OPT_IN {
            assert!(REGISTRY.metric(name).is_some(), "{name}");
        }
        for (_, key) in prose::REQUIRED {
            assert!(REGISTRY.types.contains_key(key), "{key}");
        }
        for name in prose::TEMPLATES {
            assert!(REGISTRY.types.contains_key(name), "{name}");
        }
        for name in REGISTRY.metrics.keys() {
            if name.ends_with("duration") {
                assert!(prose::bounds(name).is_some(), "{name}");
            }
        }
    }
}
