//! Every variable in every situation: what it then sets, and whether that is told. A variable without a row fails.

mod db;
mod general;
mod http;
mod instrumentations;
mod network;
mod otlp;
mod runtime;
mod signals;
mod subscriber;
mod templates;

use std::collections::BTreeSet;

use super::{super::vars::VARIABLES, Config, read};

/// Value, what is then in effect, and a part of the warning; empty for none.
type Case = (String, String, &'static str);

struct Row {
    name: String,
    /// What must be set for the variable to matter.
    others: Vec<(&'static str, &'static str)>,
    show: Box<dyn Fn(&Config) -> String>,
    unset: String,
    /// Besides unset and empty, which are the same for all.
    cases: Situations,
}

struct Situations {
    spaces: Case,
    wrong_case: Case,
    nonsense: Case,
    zero: Case,
    negative: Case,
    at_the_boundary: Case,
    beyond_it: Case,
    valid: Case,
}

impl Situations {
    fn all(&self) -> [&Case; 8] {
        [
            &self.spaces,
            &self.wrong_case,
            &self.nonsense,
            &self.zero,
            &self.negative,
            &self.at_the_boundary,
            &self.beyond_it,
            &self.valid,
        ]
    }
}

fn case(value: &str, shown: &str, warning: &'static str) -> Case {
    (value.to_owned(), shown.to_owned(), warning)
}

fn row(
    name: &str,
    unset: &str,
    show: impl Fn(&Config) -> String + 'static,
    cases: Situations,
) -> Row {
    Row {
        name: name.to_owned(),
        others: Vec::new(),
        show: Box::new(show),
        unset: unset.to_owned(),
        cases,
    }
}

impl Row {
    fn with(mut self, others: &[(&'static str, &'static str)]) -> Self {
        self.others = others.to_vec();
        self
    }
}

fn rows() -> Vec<Row> {
    let mut rows = general::general();
    rows.extend(general::resource());
    rows.extend(signals::signals());
    rows.extend(network::network());
    rows.extend(subscriber::tracing());
    rows.extend(runtime::runtime());
    rows.extend(instrumentations::lists());
    rows.extend(instrumentations::switches());
    rows.extend(instrumentations::peers());
    rows.extend(instrumentations::functions());
    rows.extend(http::lists());
    rows.extend(http::headers());
    rows.extend(http::flags());
    rows.extend(http::rpc());
    rows.extend(db::db());
    for prefix in ["", "TRACES_", "METRICS_", "LOGS_"] {
        rows.extend(otlp::otlp(prefix));
    }
    rows
}

#[test]
fn every_variable_has_a_row() {
    let rows: Vec<_> = rows().into_iter().map(|row| row.name).collect();
    let with: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(with.len(), rows.len(), "a variable has two rows");
    let listed = VARIABLES.iter().flat_map(|section| section.variables);
    let listed: BTreeSet<&str> = listed.map(|variable| variable.name()).collect();
    assert_eq!(with, listed);
}

#[test]
fn every_variable_does_what_it_says_in_every_situation() {
    for row in rows() {
        let Row {
            name,
            others,
            show,
            unset,
            cases,
        } = &row;
        let expect = |value: Option<&str>, shown: &str, warning: &str| {
            let mut variables = others.clone();
            variables.extend(value.map(|value| (name.as_str(), value)));
            let (config, warnings) = read(&variables);
            assert_eq!(show(&config), shown, "{name}={value:?}");
            assert_eq!(
                warnings.len(),
                usize::from(!warning.is_empty()),
                "{name}={value:?}: {warnings:?}"
            );
            assert!(
                warnings
                    .iter()
                    .all(|told| told.starts_with(&format!("{name}=")) && told.contains(warning)),
                "{name}={value:?}: {warnings:?}"
            );
        };
        for value in [None, Some(""), Some(" \t ")] {
            expect(value, unset, "");
        }
        for (value, shown, warning) in cases.all() {
            expect(Some(value), shown, warning);
        }
    }
}
