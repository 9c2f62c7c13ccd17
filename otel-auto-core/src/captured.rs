//! Headers of messages and metadata of calls that the settings ask for.

use opentelemetry::{Array, StringValue, Value};

use crate::Matcher;

/// What stands for a value that nobody may read.
pub(crate) const REDACTED: &str = "[REDACTED]";

/// A peer may send as many headers as the server lets it, and a pattern may match all of them.
const MAX_NAMES: usize = 64;
/// The same of one header's values.
const MAX_VALUES: usize = 64;

/// The values of each name, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Captured(Vec<(String, Vec<StringValue>)>);

impl Captured {
    /// Keeps a value if its name is wanted.
    pub(crate) fn add(&mut self, wanted: &[Matcher], name: &str, value: &str) {
        let values = match self.0.iter().position(|(known, _)| known == name) {
            Some(at) => self.0.get_mut(at),
            None if self.0.len() < MAX_NAMES && is_any(wanted, name) => {
                self.0.push((name.to_owned(), Vec::new()));
                self.0.last_mut()
            }
            None => None,
        };
        if let Some((_, values)) = values.filter(|(_, values)| values.len() < MAX_VALUES) {
            values.push(value.to_owned().into());
        }
    }

    /// Tells each name as an attribute: an array, one element for each value. Those of names that are sanitized are
    /// replaced one by one.
    pub(crate) fn tell(
        self,
        prefix: &str,
        sanitized: &[Matcher],
        mut tell: impl FnMut(String, Value),
    ) {
        for (name, mut values) in self.0 {
            if is_any(sanitized, &name) {
                values.fill(REDACTED.into());
            }
            tell(
                format!("{prefix}.{name}"),
                Value::Array(Array::String(values)),
            );
        }
    }
}

/// Tells each wanted header of a message. `visit` is not called if none is wanted.
pub(crate) fn headers(
    prefix: &str,
    wanted: &[Matcher],
    sanitized: &[Matcher],
    visit: impl FnOnce(&mut dyn FnMut(&str, &str)),
    tell: impl FnMut(String, Value),
) {
    if wanted.is_empty() {
        return;
    }
    let mut headers = Captured::default();
    visit(&mut |name, value| headers.add(wanted, name, value));
    headers.tell(prefix, sanitized, tell);
}

fn is_any(matchers: &[Matcher], name: &str) -> bool {
    matchers.iter().any(|matcher| matcher.is_match(name))
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unreachable, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::HttpSettings;

    fn told(
        wanted: &[Matcher],
        visit: impl FnOnce(&mut dyn FnMut(&str, &str)),
    ) -> Vec<(String, Value)> {
        let mut told = Vec::new();
        let sanitized = HttpSettings::default().sanitized_headers;
        headers(
            "http.request.header",
            wanted,
            &sanitized,
            visit,
            |key, value| {
                told.push((key, value));
            },
        );
        told
    }

    fn texts(values: &[&str]) -> Value {
        let values = values.iter().map(|value| (*value).to_owned().into());
        Value::Array(Array::String(values.collect()))
    }

    #[test]
    fn each_value_is_an_element_and_sanitized_ones_are_replaced_one_by_one() {
        let wanted = ["x-tag", "cookie", "x-absent"].map(Matcher::exact);
        let told = told(&wanted, |visit| {
            visit("x-tag", "a, b");
            visit("cookie", "session=hush");
            visit("x-other", "no");
            visit("x-tag", "c");
            visit("cookie", "more=hush");
        });
        assert_eq!(
            told,
            [
                (
                    "http.request.header.x-tag".to_owned(),
                    texts(&["a, b", "c"])
                ),
                (
                    "http.request.header.cookie".to_owned(),
                    texts(&[REDACTED, REDACTED])
                ),
            ]
        );
    }

    #[test]
    fn nothing_is_looked_at_that_nobody_wants() {
        assert_eq!(told(&[], |_| unreachable!("nobody asked")), []);
    }

    #[test]
    fn names_and_values_are_bounded() {
        let told = told(&[Matcher::new(|_| true)], |visit| {
            for at in 0..1_000 {
                visit(&format!("x-{at}"), "1");
                visit("x-0", "again");
            }
        });
        assert_eq!(told.len(), MAX_NAMES);
        let Value::Array(Array::String(values)) = &told.first().unwrap().1 else {
            panic!("an array")
        };
        assert_eq!(values.len(), MAX_VALUES);
    }
}
