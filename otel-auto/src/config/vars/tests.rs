#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeSet, fs, path::Path};

use super::{Describe, VARIABLES, table};

fn all() -> impl Iterator<Item = &'static dyn Describe> {
    VARIABLES
        .iter()
        .flat_map(|section| section.variables.iter().copied())
}

#[test]
fn names_are_unique_and_spelled_as_environment_variables() {
    let mut seen = BTreeSet::new();
    for variable in all() {
        let name = variable.name();
        assert!(seen.insert(name), "{name} twice");
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                || name.ends_with("_proxy"),
            "{name}"
        );
        assert!(
            name.starts_with("OTEL_")
                || name.to_uppercase().ends_with("_PROXY")
                || ["KUBERNETES_SERVICE_HOST", "REQUEST_METHOD"].contains(&name),
            "{name}"
        );
    }
}

#[test]
fn meanings_are_sentences_that_fit_in_a_table() {
    for variable in all() {
        let doc = variable.doc();
        assert!(doc.ends_with('.'), "{}: {doc}", variable.name());
        assert!(
            !doc.contains('|') && !doc.contains('\n') && !doc.contains("  "),
            "{}: {doc}",
            variable.name()
        );
    }
}

/// To write the page anew: `UPDATE_DOCS=1 cargo test -p otel-auto environment_page`.
#[test]
fn environment_page_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/environment.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, table()).unwrap();
    }
    let written = fs::read_to_string(&page).expect("docs/environment.md");
    assert_eq!(
        written,
        table(),
        "out of date: run this test with UPDATE_DOCS=1"
    );
}
