//! Lists of regular expressions. They are matched in linear time, and what one list may take of memory is bounded.

use std::fmt;

use otel_auto_core::Matcher;
use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

use super::{
    env::Env,
    vars::{Kind, Regexes, Variable},
};

/// In bytes, compiled. A list of a hundred paths takes a tenth of it.
const LARGEST: usize = 1 << 20;
/// In bytes, for what matching keeps between two texts, per thread that matches.
const LARGEST_CACHE: usize = 1 << 18;

/// What expressions are held against. URLs, paths and header names are ASCII, so that no tables of Unicode are needed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// Found anywhere in it, in exact case.
    Url,
    /// The whole, in exact case.
    Path,
    /// The whole, in any case.
    HeaderName,
    /// Found anywhere, in any case: rather too much is kept secret than too little.
    SecretHeader,
}

impl Of {
    fn expression(self, text: &str) -> String {
        match self {
            Self::Url => text.to_owned(),
            Self::Path => format!("^(?:{text})$"),
            Self::HeaderName => format!("(?i:^(?:{text})$)"),
            Self::SecretHeader => format!("(?i:{text})"),
        }
    }
}

/// Regular expressions, of which any may match.
#[derive(Clone)]
pub(crate) struct Patterns {
    /// As they were written.
    written: Vec<String>,
    set: RegexSet,
}

impl Patterns {
    /// `None` when unset, or when none can be used.
    pub(super) fn read(env: &mut Env<'_>, variable: &Variable<Regexes>, of: Of) -> Option<Self> {
        let written = env.each(variable, checked)?;
        Self::new(written, of)
            .map_err(|why| refuse(env, variable, &why))
            .ok()
    }

    /// One expression, or why it cannot be used.
    pub(super) fn one(text: &str, of: Of) -> Result<Self, String> {
        Self::new(vec![checked(text)?], of)
    }

    fn new(written: Vec<String>, of: Of) -> Result<Self, String> {
        let expressions = written.iter().map(|text| of.expression(text));
        let set = RegexSetBuilder::new(expressions)
            .unicode(false)
            .size_limit(LARGEST)
            .dfa_size_limit(LARGEST_CACHE)
            .build()
            .map_err(|error| why(&error))?;
        Ok(Self { written, set })
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.set.is_match(text.as_bytes())
    }

    pub(super) fn matcher(&self) -> Matcher {
        let patterns = self.clone();
        Matcher::new(move |text| patterns.is_match(text))
    }
}

/// The expression, if it is one on its own: `a)(b` is one only inside of brackets.
fn checked(text: &str) -> Result<String, String> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(LARGEST)
        .build()
        .map(|_| text.to_owned())
        .map_err(|error| why(&error))
}

/// In one line: the crate draws an arrow below the expression.
fn why(error: &regex::Error) -> String {
    let error = error.to_string();
    if error.contains("size limit") {
        return "which is too large".to_owned();
    }
    let reason = error.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    format!("which is no regular expression: {reason}")
}

/// What is right alone is wrong together: too large, mostly.
fn refuse<K: Kind>(env: &mut Env<'_>, variable: &Variable<K>, why: &str) {
    if let Some(text) = env.text(variable) {
        env.warn(
            variable,
            &text,
            format!("holds a list {why}"),
            "it is ignored",
        );
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.set.patterns() == other.set.patterns()
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Patterns").field(&self.written).finish()
    }
}

impl fmt::Display for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written.join(","))
    }
}
