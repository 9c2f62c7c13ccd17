//! Headers that the settings ask for.

use opentelemetry::{Array, StringValue, Value};

use crate::{HttpSettings, Matcher};

/// `http.request.header.<name>`.
pub(super) const REQUEST: &str = "http.request.header.";
/// `http.response.header.<name>`.
pub(super) const RESPONSE: &str = "http.response.header.";

/// What stands for a value that nobody may read.
pub(super) const REDACTED: &str = "[REDACTED]";

/// A peer may send as many headers as the server lets it, and a pattern may match all of them.
const MAX_NAMES: usize = 64;
/// The same of one header's values.
const MAX_VALUES: usize = 64;

struct Header {
    name: String,
    sanitized: bool,
    values: Vec<StringValue>,
}

/// Tells each wanted header of a message as an attribute: an array, one element for each value.
///
/// `visit` is not called if none is wanted.
pub(super) fn headers(
    prefix: &str,
    wanted: &[Matcher],
    settings: &HttpSettings,
    visit: impl FnOnce(&mut dyn FnMut(&str, &str)),
    mut tell: impl FnMut(String, Value),
) {
    if wanted.is_empty() {
        return;
    }
    let mut headers: Vec<Header> = Vec::new();
    visit(&mut |name, value| {
        let header = match headers.iter_mut().position(|header| header.name == name) {
            Some(at) => headers.get_mut(at),
            None if headers.len() < MAX_NAMES && is_any(wanted, name) => {
                headers.push(Header {
                    name: name.to_owned(),
                    sanitized: is_any(&settings.sanitized_headers, name),
                    values: Vec::new(),
                });
                headers.last_mut()
            }
            None => None,
        };
        if let Some(header) = header.filter(|header| header.values.len() < MAX_VALUES) {
            header.values.push(if header.sanitized {
                REDACTED.into()
            } else {
                value.to_owned().into()
            });
        }
    });
    for header in headers {
        tell(
            format!("{prefix}{}", header.name),
            Value::Array(Array::String(header.values)),
        );
    }
}

fn is_any(matchers: &[Matcher], name: &str) -> bool {
    matchers.iter().any(|matcher| matcher.is_match(name))
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unreachable, clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(
        wanted: &[Matcher],
        visit: impl FnOnce(&mut dyn FnMut(&str, &str)),
    ) -> Vec<(String, Value)> {
        let mut told = Vec::new();
        let settings = HttpSettings::default();
        headers(REQUEST, wanted, &settings, visit, |key, value| {
            told.push((key, value));
        });
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
