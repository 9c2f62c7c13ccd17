//! Variables in the environment that nobody reads.

use super::check::Check;
use crate::config::{
    nearest,
    vars::{VARIABLES, unread},
};

pub(super) fn check() -> Check {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    of(names)
}

/// Only names are told: the value of an unknown variable may be a secret.
pub(super) fn of(names: impl Iterator<Item = String>) -> Check {
    let mut check = Check::new("names of variables");
    let mut names: Vec<String> = names
        .filter(|name| {
            let upper = name.to_ascii_uppercase();
            upper.starts_with("OTEL_") || upper.starts_with("OTLP_")
        })
        .filter(|name| !is_read(name))
        .collect();
    names.sort();
    for name in names {
        if let Some((_, instead)) = unread().find(|(unread, _)| *unread == name) {
            check.note(format!("{name} is set, which is not read here: {instead}"));
        } else if let Some(meant) = likely(&name) {
            check.problem(format!("{name} is read by nobody; is {meant} meant?"));
        } else {
            check.note(format!("{name} is set, which is no name known here"));
        }
    }
    if check.is_empty() {
        check.good("all OTEL_* variables that are set are read");
    }
    check
}

fn known() -> impl Iterator<Item = &'static str> {
    VARIABLES
        .iter()
        .flat_map(|section| section.variables)
        .map(|variable| variable.name())
        .filter(|name| name.starts_with("OTEL_"))
}

fn is_read(name: &str) -> bool {
    known().any(|known| known == name)
}

/// The nearest name, if it is near: a letter in six may be wrong.
fn likely(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let candidates = known().chain(unread().map(|(name, _)| name));
    nearest::to(&name, candidates, name.len() / 6)
}
