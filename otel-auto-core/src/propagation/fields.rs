//! A list of names and values as a carrier: headers of messages, columns of jobs.

use opentelemetry::propagation::{Extractor, Injector};

use super::{b3, trace_context};

/// Reads from a list of names and values. The case of names does not matter.
#[derive(Debug)]
pub struct FieldsExtractor<'a>(pub &'a [(String, String)]);

impl Extractor for FieldsExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let is_it = |name: &str| name.eq_ignore_ascii_case(key);
        let of_name = self.0.iter().filter(|(name, _)| is_it(name));
        let all: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        (!all.is_empty()).then_some(all)
    }
}

/// Writes into a list of names and values, in place of those of the same name.
#[derive(Debug)]
pub struct FieldsInjector<'a>(pub &'a mut Vec<(String, String)>);

impl Injector for FieldsInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        let is_stale = |name: &str| {
            name.eq_ignore_ascii_case(key)
                || companions(key)
                    .iter()
                    .any(|companion| name.eq_ignore_ascii_case(companion))
        };
        self.0.retain(|(name, _)| !is_stale(name));
        self.0.push((key.to_owned(), value));
    }
}

/// What is written after this field, if it is at all: those of an older context must go.
pub(super) fn companions(key: &str) -> &'static [&'static str] {
    match key {
        trace_context::TRACEPARENT => &[trace_context::TRACESTATE],
        b3::TRACE_ID => &[b3::SAMPLED, b3::FLAGS, "x-b3-parentspanid"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(own).collect()
    }

    #[test]
    fn a_field_is_found_in_any_case_and_all_of_a_name_together() {
        let fields = fields(&[("TraceParent", "a"), ("other", "b"), ("traceparent", "c")]);
        let carrier = FieldsExtractor(&fields);
        assert_eq!(carrier.get("traceparent"), Some("a"));
        assert_eq!(carrier.get_all("traceparent"), Some(vec!["a", "c"]));
        assert_eq!(carrier.get("missing"), None);
        assert_eq!(carrier.get_all("missing"), None);
        assert_eq!(carrier.keys().len(), 3);
    }

    #[test]
    fn what_is_written_replaces_the_whole_older_context() {
        let mut fields = fields(&[
            ("Traceparent", "old"),
            ("tracestate", "old=1"),
            ("kept", "kept"),
        ]);
        FieldsInjector(&mut fields).set("traceparent", "new".to_owned());
        let wanted = [("kept", "kept"), ("traceparent", "new")];
        assert_eq!(fields, self::fields(&wanted));
    }
}
