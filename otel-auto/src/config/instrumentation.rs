//! Which instrumentations are on.

use otel_auto_core::Switches;

use super::{
    env::Env,
    vars::{
        DEFAULT_ENABLED, DISABLED_INSTRUMENTATIONS, ENABLED_INSTRUMENTATIONS, INSTRUMENTATIONS,
        List, Override, Variable,
    },
};

/// The name for all instrumentations.
const ALL: &str = "*";

/// Those that are off, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instrumentations(Vec<Off>);

/// An instrumentation that is off, and the variable that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Off {
    pub(crate) name: &'static str,
    pub(crate) traces: Option<&'static str>,
    pub(crate) metrics: Option<&'static str>,
}

impl Instrumentations {
    /// The most specific variable decides.
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let by_default = env.switch(&DEFAULT_ENABLED);
        let enabled = names(env, &ENABLED_INSTRUMENTATIONS);
        let disabled = names(env, &DISABLED_INSTRUMENTATIONS).unwrap_or_default();
        let lists = |name| -> Option<&'static str> {
            if has(&disabled, name) {
                Some(DISABLED_INSTRUMENTATIONS.name)
            } else if let Some(enabled) = &enabled {
                (!has(enabled, name)).then_some(ENABLED_INSTRUMENTATIONS.name)
            } else {
                (!by_default).then_some(DEFAULT_ENABLED.name)
            }
        };
        let mut all = Vec::new();
        for instrumentation in INSTRUMENTATIONS {
            let name = instrumentation.name;
            let own = off(env, &instrumentation.enabled, lists(name));
            let traces = off(env, &instrumentation.traces, own);
            let metrics = off(env, &instrumentation.metrics, own);
            if traces.is_some() || metrics.is_some() {
                all.push(Off {
                    name,
                    traces,
                    metrics,
                });
            }
        }
        Self(all)
    }

    pub(super) fn apply(&self, switches: &mut Switches) {
        for off in &self.0 {
            if off.traces.is_some() {
                switches.without_traces.insert(off.name.to_owned());
            }
            if off.metrics.is_some() {
                switches.without_metrics.insert(off.name.to_owned());
            }
        }
    }

    /// Is it off, and why?
    pub(crate) fn off(&self, name: &str) -> Option<&Off> {
        self.0.iter().find(|off| off.name == name)
    }
}

/// What turns it off: this variable if it is set, else what did so before.
fn off(
    env: &mut Env<'_>,
    variable: &'static Variable<Override>,
    otherwise: Option<&'static str>,
) -> Option<&'static str> {
    match env.switch_if_set(variable) {
        Some(on) => (!on).then_some(variable.name),
        None => otherwise,
    }
}

fn names(env: &mut Env<'_>, variable: &Variable<List>) -> Option<Vec<&'static str>> {
    let names = INSTRUMENTATIONS.iter().map(|of| of.name);
    let known: Vec<_> = names.chain([ALL]).map(|name| (name, name)).collect();
    env.names_if_set(variable, &known, &[], "it is ignored")
}

fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|listed| *listed == name || *listed == ALL)
}
