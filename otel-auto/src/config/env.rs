//! The one reader of environment variables, by the specification's rules: white space around a value
//! is ignored, empty is unset, and what cannot be used gives one warning and counts as unset. It reads
//! through a lookup, so a test never touches the environment of its process.

use std::{collections::HashSet, fmt::Display, path::PathBuf, time::Duration};

use super::{
    nearest,
    vars::{Choice, File, Flag, Integer, Kind, List, Millis, Override, Switch, Timeout, Variable},
    warning::Warning,
};

/// Gives the text of a variable by its name.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The lookup of the running process. Bytes that are not UTF-8 become U+FFFD, which the reader refuses.
pub(crate) fn process(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Longer values are cut in warnings.
const SHOWN: usize = 200;
/// So are explanations, which may list parts of the value.
const EXPLAINED: usize = 400;
/// More unknown names of one list are left out in silence.
const TOLD: usize = 8;

pub(crate) struct Env<'a> {
    lookup: Lookup<'a>,
    warnings: Vec<Warning>,
    ineffective: Vec<String>,
}

impl<'a> Env<'a> {
    pub(crate) fn new(lookup: Lookup<'a>) -> Self {
        Self {
            lookup,
            warnings: Vec::new(),
            ineffective: Vec::new(),
        }
    }

    /// Notes what is right and yet does nothing here: worth a line only to someone who looks for it.
    pub(crate) fn ineffective<K: Kind>(&mut self, variable: &Variable<K>, why: &str) {
        self.ineffective
            .push(format!("{} has no effect: {why}", variable.name));
    }

    pub(crate) fn take_ineffective(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ineffective)
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// Reports a value. The general OTLP variables are read once per signal: the same warning is kept once.
    pub(crate) fn warn<K: Kind>(
        &mut self,
        variable: &Variable<K>,
        value: &str,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) {
        let warning = Warning {
            variable: variable.name,
            value: shortened(&K::shown(value), SHOWN),
            problem: shortened(&problem.into(), EXPLAINED).replace(is_unprintable, "\u{fffd}"),
            instead: instead.into(),
        };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The trimmed text, when there is any.
    pub(crate) fn text<K: Kind>(&mut self, variable: &Variable<K>) -> Option<String> {
        let value = (self.lookup)(variable.name)?;
        let value = value.trim();
        if value.contains(char::REPLACEMENT_CHARACTER) {
            self.warn(variable, value, "is not UTF-8", "it is ignored");
            return None;
        }
        (!value.is_empty()).then(|| value.to_owned())
    }

    pub(crate) fn flag(&mut self, variable: &Variable<Flag>) -> bool {
        self.flag_or(variable, false)
    }

    /// Any text but `true` is `false`; only an unset variable leaves the fallback.
    pub(crate) fn flag_or(&mut self, variable: &Variable<Flag>, fallback: bool) -> bool {
        match self.text(variable) {
            None => fallback,
            Some(text) => truth(&text).unwrap_or_else(|| {
                self.warn(
                    variable,
                    &text,
                    "is neither `true` nor `false`",
                    "using false",
                );
                false
            }),
        }
    }

    pub(crate) fn switch(&mut self, variable: &Variable<Switch>) -> bool {
        self.text(variable).is_none_or(|text| {
            truth(&text).unwrap_or_else(|| {
                self.warn(
                    variable,
                    &text,
                    "is neither `true` nor `false`",
                    "using true",
                );
                true
            })
        })
    }

    /// `None` when unset or wrong, for what another variable decides then.
    pub(crate) fn switch_if_set(&mut self, variable: &Variable<Override>) -> Option<bool> {
        let text = self.text(variable)?;
        let truth = truth(&text);
        if truth.is_none() {
            let problem = "is neither `true` nor `false`";
            self.warn(variable, &text, problem, "it is ignored");
        }
        truth
    }

    pub(crate) fn integer(&mut self, variable: &Variable<Integer>) -> u32 {
        self.integer_or(variable, variable.kind.default.unwrap_or_default())
    }

    /// For a default that depends on another variable.
    pub(crate) fn integer_or(&mut self, variable: &Variable<Integer>, fallback: u32) -> u32 {
        self.integer_if_set(variable, using(fallback))
            .unwrap_or(fallback)
    }

    /// `None` when unset or wrong, for a number that need not be there.
    pub(crate) fn integer_if_set(
        &mut self,
        variable: &Variable<Integer>,
        instead: impl Into<String>,
    ) -> Option<u32> {
        let Integer { min, max, .. } = variable.kind;
        let text = self.text(variable)?;
        match text.parse() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let problem = format!("is not a whole number from {min} to {max}");
                self.warn(variable, &text, problem, instead);
                None
            }
        }
    }

    pub(crate) fn millis(&mut self, variable: &Variable<Millis>) -> Duration {
        let default = variable.kind.default;
        self.millis_if_set(variable, &using(default))
            .unwrap_or(Duration::from_millis(default.into()))
    }

    /// `None` when unset or wrong, for a default that depends on something else.
    pub(crate) fn millis_if_set(
        &mut self,
        variable: &Variable<Millis>,
        instead: &str,
    ) -> Option<Duration> {
        let min = variable.kind.min;
        let text = self.text(variable)?;
        match whole_millis(&text) {
            Some(millis) if millis >= min => Some(Duration::from_millis(millis.into())),
            _ => {
                let problem = format!(
                    "is not a whole number of milliseconds from {min} to {}",
                    i32::MAX
                );
                self.warn(variable, &text, problem, instead);
                None
            }
        }
    }

    /// `None` is no limit.
    pub(crate) fn timeout(&mut self, variable: &Variable<Timeout>) -> Option<Duration> {
        self.timeout_or(variable, variable.kind.0.and_then(limit))
    }

    /// For a default that depends on another variable.
    pub(crate) fn timeout_or(
        &mut self,
        variable: &Variable<Timeout>,
        fallback: Option<Duration>,
    ) -> Option<Duration> {
        let Some(text) = self.text(variable) else {
            return fallback;
        };
        match whole_millis(&text) {
            Some(millis) => limit(millis),
            None => {
                let problem = format!(
                    "is not a whole number of milliseconds from 0 to {}",
                    i32::MAX
                );
                let instead =
                    fallback.map_or_else(|| "using no limit".to_owned(), |t| using(t.as_millis()));
                self.warn(variable, &text, problem, instead);
                fallback
            }
        }
    }

    /// The value of a known name, in any case.
    pub(crate) fn choice<T: Copy + PartialEq>(
        &mut self,
        variable: &Variable<Choice>,
        known: &[(&'static str, T)],
        fallback: T,
    ) -> T {
        let Some(text) = self.text(variable) else {
            return fallback;
        };
        if let Some((_, value)) = known
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&text))
        {
            return *value;
        }
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        let problem = format!("is none of {}", names.join(", "));
        self.warn(variable, &text, problem, using(name_of(known, fallback)));
        fallback
    }

    /// Known names without repetitions, in the order given. `none` wins over all others, and is the empty
    /// list. When no name is left, the fallback.
    pub(crate) fn names<T: Copy + PartialEq>(
        &mut self,
        variable: &Variable<List>,
        known: &[(&'static str, T)],
        unsupported: &[&str],
        fallback: &[T],
    ) -> Vec<T> {
        let otherwise = using(listed(known, fallback));
        self.names_if_set(variable, known, unsupported, &otherwise)
            .unwrap_or_else(|| fallback.to_vec())
    }

    /// The same; `None` when unset, or when no name is left.
    pub(crate) fn names_if_set<T: Copy + PartialEq>(
        &mut self,
        variable: &Variable<List>,
        known: &[(&'static str, T)],
        unsupported: &[&str],
        otherwise: &str,
    ) -> Option<Vec<T>> {
        let text = self.text(variable)?;
        let (mut found, mut refused, mut none) = (Vec::new(), Vec::new(), false);
        for item in items(&text) {
            let item = item.to_ascii_lowercase();
            if item == "none" {
                none = true;
            } else if let Some((_, value)) = known.iter().find(|(name, _)| *name == item) {
                if !found.contains(value) {
                    found.push(*value);
                }
            } else if refused.len() < TOLD && !refused.contains(&item) {
                refused.push(item);
            }
        }
        let combined = none && !found.is_empty();
        let used = match (none, found.is_empty()) {
            (true, _) => Some(Vec::new()),
            (false, true) => None,
            (false, false) => Some(found),
        };
        let instead = used
            .as_ref()
            .map_or_else(|| otherwise.to_owned(), |used| using(listed(known, used)));
        for item in refused {
            let problem = if unsupported.contains(&item.as_str()) {
                format!("names {item:?}, which is not supported in this version")
            } else {
                let names = known.iter().map(|(name, _)| *name);
                let meant = nearest::to(&item, names, item.len() / 3)
                    .map_or_else(String::new, |meant| format!(" (is {meant} meant?)"));
                format!("names {item:?}, which is not known{meant}")
            };
            self.warn(variable, &text, problem, instead.clone());
        }
        if combined {
            self.warn(variable, &text, "combines `none` with other names", instead);
        }
        used
    }

    /// Each item of a list as `parse` reads it, in the order given; or why it cannot be used. `None` when unset or when
    /// nothing is left, empty for `none`.
    pub(crate) fn each<K: Kind, T>(
        &mut self,
        variable: &Variable<K>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let text = self.text(variable)?;
        if text.eq_ignore_ascii_case("none") {
            return Some(Vec::new());
        }
        let (mut used, mut refused) = (Vec::new(), Vec::new());
        for item in items(&text) {
            match parse(item) {
                Ok(value) => used.push(value),
                Err(why) if refused.len() < TOLD => {
                    refused.push(format!("holds {:?}, {why}", shortened(item, SHOWN)));
                }
                Err(_) => {}
            }
        }
        let instead = if used.is_empty() {
            "it is ignored"
        } else {
            "leaving that out"
        };
        for problem in refused {
            self.warn(variable, &text, problem, instead);
        }
        (!used.is_empty()).then_some(used)
    }

    /// A list that replaces a default kept elsewhere: `None` when unset, empty for `none`.
    pub(crate) fn replacing_list(&mut self, variable: &Variable<List>) -> Option<Vec<String>> {
        let text = self.text(variable)?;
        if text.eq_ignore_ascii_case("none") {
            return Some(Vec::new());
        }
        let mut known = HashSet::new();
        let list: Vec<String> = items(&text)
            .filter(|item| known.insert(*item))
            .map(str::to_owned)
            .collect();
        (!list.is_empty()).then_some(list)
    }

    pub(crate) fn path(&mut self, variable: &Variable<File>) -> Option<PathBuf> {
        self.text(variable).map(PathBuf::from)
    }
}

/// The items of a comma-separated list, without white space and empty ones.
pub(crate) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

pub(crate) fn using(value: impl Display) -> String {
    format!("using {value}")
}

pub(crate) fn name_of<T: Copy + PartialEq>(known: &[(&'static str, T)], value: T) -> &'static str {
    known
        .iter()
        .find(|(_, other)| *other == value)
        .map_or("", |(name, _)| name)
}

/// The names as they would be written in the variable.
fn listed<T: Copy + PartialEq>(known: &[(&'static str, T)], values: &[T]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<_> = values.iter().map(|value| name_of(known, *value)).collect();
    names.join(",")
}

fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Explanations quote parts of the value, and go to a terminal: nothing that moves its cursor or turns its text around.
fn is_unprintable(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Up to the largest integer that the specification has every implementation accept.
fn whole_millis(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|millis| *millis <= super::vars::MAX_INTEGER)
}

fn limit(millis: u32) -> Option<Duration> {
    (millis > 0).then(|| Duration::from_millis(millis.into()))
}
