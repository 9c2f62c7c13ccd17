//! Environment variables as carriers: from a CI job to the programs that it runs.
//!
//! A field's variable has the field's name, made normal: `traceparent` is `TRACEPARENT`, `x-b3-traceid` is
//! `X_B3_TRACEID`. Values are opaque here.

use std::vec;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::Propagation;

/// The variables of the propagators' fields, looked up once: a process reads its environment when it starts.
///
/// ```
/// use otel_auto_core::{opentelemetry::Context, propagation::{EnvironmentExtractor, Propagation}};
///
/// let propagation = Propagation::trace_context();
/// let environment = EnvironmentExtractor::new(&propagation, |name| std::env::var(name).ok());
/// let parent = propagation.extract(&Context::new(), &environment);
/// ```
#[derive(Debug, Default)]
pub struct EnvironmentExtractor(Vec<(String, String)>);

impl EnvironmentExtractor {
    /// Looks up the variables of all fields of `propagation`. Fields that only have a prefix in common, which is how
    /// Jaeger and OpenTracing write baggage, cannot be looked up.
    pub fn new(propagation: &Propagation, mut lookup: impl FnMut(&str) -> Option<String>) -> Self {
        let variables = propagation.fields().filter_map(|field| {
            let name = normal(field);
            lookup(&name).map(|value| (name, value))
        });
        Self(variables.collect())
    }
}

impl Extractor for EnvironmentExtractor {
    fn get(&self, key: &str) -> Option<&str> {
        let is_it = |name: &str| name.chars().eq(normal_chars(key));
        let (_, value) = self.0.iter().find(|(name, _)| is_it(name))?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Collects variables for a child process, to be given to `Command::envs`.
///
/// The child inherits this process's own `TRACESTATE` and the like: take away those that are not set here.
#[derive(Debug, Default)]
pub struct EnvironmentInjector(Vec<(String, String)>);

impl Injector for EnvironmentInjector {
    fn set(&mut self, key: &str, value: String) {
        let name = normal(key);
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value));
    }
}

impl IntoIterator for EnvironmentInjector {
    type Item = (String, String);
    type IntoIter = vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

fn normal(field: &str) -> String {
    normal_chars(field).collect()
}

/// Upper-case letters, digits and `_`; no digit first, and never nothing.
fn normal_chars(field: &str) -> impl Iterator<Item = char> {
    let prefix = field
        .chars()
        .next()
        .is_none_or(|first| first.is_ascii_digit());
    let rest = field.chars().map(|char| match char {
        'a'..='z' => char.to_ascii_uppercase(),
        'A'..='Z' | '0'..='9' => char,
        _ => '_',
    });
    prefix.then_some('_').into_iter().chain(rest)
}
