//! Which traces are kept.

use std::fmt;

use super::{
    env::{Env, using},
    jaeger::JaegerRemote,
    vars::{TRACES_SAMPLER, TRACES_SAMPLER_ARG},
};

/// A sampler (`OTEL_TRACES_SAMPLER`). Displayed by the names of that variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sampler {
    AlwaysOn,
    AlwaysOff,
    /// The share of traces that is kept, from 0 to 1.
    Ratio(f64),
    /// As a remote service says.
    JaegerRemote(JaegerRemote),
    /// As the parent span decided; where there is none, the inner sampler decides.
    ParentBased(Box<Self>),
}

const PARENT_BASED: &str = "parentbased_";

impl Sampler {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let default = Self::ParentBased(Box::new(Self::AlwaysOn));
        let Some(text) = env.text(&TRACES_SAMPLER) else {
            return default;
        };
        let name = text.to_ascii_lowercase();
        let (root, parent_based) = match name.strip_prefix(PARENT_BASED) {
            Some(root) => (root, true),
            None => (name.as_str(), false),
        };
        let root = match root {
            "always_on" => Self::AlwaysOn,
            "always_off" => Self::AlwaysOff,
            "traceidratio" => Self::Ratio(ratio(env)),
            "jaeger_remote" => Self::JaegerRemote(JaegerRemote::read(env)),
            other => {
                let problem = if other == "xray" {
                    "is the central sampler of AWS X-Ray, which is not supported in this version"
                } else {
                    "is none of always_on, always_off, traceidratio, jaeger_remote, parentbased_always_on, \
                     parentbased_always_off, parentbased_traceidratio, parentbased_jaeger_remote"
                };
                env.warn(&TRACES_SAMPLER, &text, problem, using(&default));
                return default;
            }
        };
        if parent_based {
            Self::ParentBased(Box::new(root))
        } else {
            root
        }
    }
}

fn ratio(env: &mut Env<'_>) -> f64 {
    const ALL: f64 = 1.0;
    let Some(text) = env.text(&TRACES_SAMPLER_ARG) else {
        return ALL;
    };
    match text.parse() {
        // No comparison holds for NaN, which parses too.
        Ok(share) if (0.0..=1.0).contains(&share) => share,
        _ => {
            env.warn(
                &TRACES_SAMPLER_ARG,
                &text,
                "is not a number from 0 to 1",
                using(ALL),
            );
            ALL
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlwaysOn => f.write_str("always_on"),
            Self::AlwaysOff => f.write_str("always_off"),
            Self::Ratio(share) => write!(f, "traceidratio {share}"),
            Self::JaegerRemote(remote) => write!(f, "jaeger_remote {}", remote.endpoint),
            Self::ParentBased(root) => write!(f, "{PARENT_BASED}{root}"),
        }
    }
}
