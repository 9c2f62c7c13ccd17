//! Which headers are recorded.

use std::fmt;

use http::HeaderName;
use otel_auto_core::Matcher;

use super::{
    env::Env,
    patterns::{Of, Patterns},
    vars::{List, Regexes, Variable},
};

/// Names of headers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HeaderNames {
    /// In lower case.
    These(Vec<String>),
    Like(Patterns),
}

impl HeaderNames {
    /// The first of the three that is set. All are read, so that a mistake in any is told.
    pub(super) fn read(
        env: &mut Env<'_>,
        ours: &Variable<List>,
        java: &Variable<List>,
        python: &Variable<Regexes>,
    ) -> Option<Self> {
        let exact = [ours, java].map(|variable| names(env, variable));
        let like = Patterns::read(env, python, Of::HeaderName).map(Self::Like);
        exact.into_iter().flatten().next().map(Self::These).or(like)
    }

    pub(super) fn matchers(&self) -> Vec<Matcher> {
        match self {
            Self::These(names) => names.iter().map(Matcher::exact).collect(),
            Self::Like(patterns) => vec![patterns.matcher()],
        }
    }
}

/// Exact names, in lower case.
pub(super) fn names(env: &mut Env<'_>, variable: &Variable<List>) -> Option<Vec<String>> {
    let mut names = env.each(variable, |item| {
        // A header may be called `*`. None is, and who writes it means all, which would be secrets too.
        match HeaderName::from_bytes(item.as_bytes()) {
            Ok(name) if !item.contains('*') => Ok(name.as_str().to_owned()),
            _ => Err("which is no header's name".to_owned()),
        }
    })?;
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Some(names)
}

impl fmt::Display for HeaderNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::These(names) => f.write_str(&names.join(",")),
            Self::Like(patterns) => patterns.fmt(f),
        }
    }
}
