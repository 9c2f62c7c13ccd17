//! What is made of the spans and events of `tracing`.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use super::{
    env::Env,
    vars::{
        LOG_CORRELATION, LOG_SPAN_ID_KEY, LOG_TRACE_ID_KEY, LOGS_BRIDGE, LOGS_LEVEL, Levels,
        TRACING_FILTER, Text, Variable,
    },
};
use crate::subscriber::Keys;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tracing {
    pub(crate) spans: Targets,
    pub(crate) records: Targets,
    /// Make log records of events.
    pub(crate) bridges_logs: bool,
    /// `None` prints lines as they are.
    pub(crate) keys: Option<Keys>,
}

impl Tracing {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let keys = Keys {
            trace_id: key(env, &LOG_TRACE_ID_KEY),
            span_id: key(env, &LOG_SPAN_ID_KEY),
        };
        Self {
            spans: targets(env, &TRACING_FILTER),
            records: targets(env, &LOGS_LEVEL),
            bridges_logs: env.switch(&LOGS_BRIDGE),
            keys: env.switch(&LOG_CORRELATION).then_some(keys),
        }
    }
}

/// What is not named has the level INFO, unless a level alone says otherwise.
fn targets(env: &mut Env<'_>, variable: &Variable<Levels>) -> Targets {
    let mut targets = Targets::new().with_default(LevelFilter::INFO);
    for (target, level) in env.each(variable, directive).unwrap_or_default() {
        targets = match target {
            Some(target) => targets.with_target(target, level),
            None => targets.with_default(level),
        };
    }
    targets
}

/// `level`, `target` or `target=level`.
fn directive(item: &str) -> Result<(Option<String>, LevelFilter), String> {
    let (target, level) = match item.split_once('=') {
        Some((target, level)) => (target.trim(), level.trim()),
        None => match LevelFilter::from_str(item) {
            Ok(level) => return Ok((None, level)),
            Err(_) => (item, "trace"),
        },
    };
    let is_path = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    if target.is_empty() || !target.chars().all(is_path) {
        return Err("which is neither a level nor a target".to_owned());
    }
    let level = LevelFilter::from_str(level).map_err(|_| format!("where `{level}` is no level"))?;
    Ok((Some(target.to_owned()), level))
}

fn key(env: &mut Env<'_>, variable: &Variable<Text>) -> String {
    let default = variable.kind.0;
    let Some(text) = env.text(variable) else {
        return default.to_owned();
    };
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-.@".contains(char);
    if text.chars().all(is_plain) {
        return text;
    }
    let problem = "has more in it than letters, digits, `_`, `-`, `.` and `@`";
    env.warn(variable, &text, problem, format!("using {default}"));
    default.to_owned()
}
