//! What holds for every variable alike.

use std::{cell::RefCell, collections::BTreeSet};

use super::{
    super::{signals::Exporter, vars::VARIABLES},
    Config, Fallback, read,
};

fn names() -> BTreeSet<&'static str> {
    VARIABLES
        .iter()
        .flat_map(|section| section.variables)
        .map(|variable| variable.name())
        .collect()
}

#[test]
fn empty_and_blank_are_the_same_as_unset() {
    let (unset, warnings) = read(&[]);
    assert_eq!(warnings, [""; 0]);
    for name in names() {
        for value in ["", " ", "\t \n"] {
            assert_eq!(
                read(&[(name, value)]),
                (unset.clone(), Vec::new()),
                "{name}={value:?}"
            );
        }
    }
}

#[test]
fn a_documented_default_is_what_holds_without_the_variable() {
    let (unset, _) = read(&[]);
    for variable in VARIABLES.iter().flat_map(|section| section.variables) {
        let (name, default) = (variable.name(), variable.default());
        let (mut config, warnings) = read(&[(name, &default)]);
        assert_eq!(warnings, [""; 0], "{name}");
        if name == "OTEL_METRIC_EXPORT_INTERVAL" {
            // Unset it also says that the console's is another.
            assert_eq!(
                config.metrics.interval.take(),
                Some(unset.metrics.interval_for(Exporter::Otlp))
            );
        }
        assert_eq!(config, unset, "{name}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_give_one_warning_and_count_as_unset() {
    let (unset, _) = read(&[]);
    for name in names()
        .into_iter()
        .filter(|name| *name != "OTEL_TRACES_SAMPLER_ARG")
    {
        let (config, warnings) = read(&[(name, "a\u{fffd}b")]);
        assert_eq!(config, unset, "{name}");
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert!(
            warnings[0].starts_with(name) && warnings[0].contains(" is not UTF-8; "),
            "{warnings:?}"
        );
    }
}

#[test]
fn every_listed_variable_is_read_and_no_other() {
    let seen = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        seen.borrow_mut().insert(name.to_owned());
        (name == "OTEL_TRACES_SAMPLER").then(|| "traceidratio".to_owned())
    };
    let _ = Config::from_env(&lookup, Fallback::default());
    let listed: BTreeSet<_> = names().into_iter().map(str::to_owned).collect();
    assert_eq!(*seen.borrow(), listed);
}

#[test]
fn a_long_or_many_lined_value_is_shown_short_and_on_one_line() {
    let (_, warnings) = read(&[("OTEL_RUST_BANNER", &format!("a\n{}", "b".repeat(10_000)))]);
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].len() < 300 && !warnings[0].contains('\n'),
        "{warnings:?}"
    );
}
