#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod controls;
mod entities;
mod every_variable;
mod lists;
mod numbers;
mod otlp;
mod outside;
mod proxy;
mod resource;
mod sampler;
mod table;

use std::{collections::HashMap, time::Duration};

use super::{Config, resource::Fallback};

/// The configuration of these variables alone, and the warnings as sentences.
fn read(variables: &[(&str, &str)]) -> (Config, Vec<String>) {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let lookup = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let (config, warnings) = Config::from_env(&lookup, Fallback::default());
    (config, warnings.iter().map(ToString::to_string).collect())
}

/// Value, what is shown of the configuration, and the warning after `NAME="value" `; empty for none.
type Case<'a> = (&'a str, &'a str, &'a str);

/// Reads one variable with each value, and expects at most one warning.
fn check(variable: &str, show: impl Fn(&Config) -> String, cases: &[Case<'_>]) {
    check_with(&[], variable, show, cases);
}

/// The same, with other variables set.
fn check_with(
    others: &[(&str, &str)],
    variable: &str,
    show: impl Fn(&Config) -> String,
    cases: &[Case<'_>],
) {
    for (value, shown, warning) in cases {
        let mut variables = others.to_vec();
        variables.push((variable, value));
        let (config, warnings) = read(&variables);
        assert_eq!(show(&config), *shown, "{variable}={value:?}");
        let expected: Vec<_> = (!warning.is_empty())
            .then(|| format!("{variable}={:?} {warning}", value.trim()))
            .into_iter()
            .collect();
        assert_eq!(warnings, expected, "{variable}={value:?}");
    }
}

fn limit(timeout: Option<Duration>) -> String {
    timeout.map_or_else(
        || "no limit".to_owned(),
        |timeout| timeout.as_millis().to_string(),
    )
}
