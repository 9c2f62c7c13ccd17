//! Instrumentations that are off, or built in and met nothing.

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use super::{Subject, check::Check};
use crate::config::vars::INSTRUMENTATIONS;

pub(super) fn check(subject: &Subject) -> Check {
    let mut check = Check::new("instrumentations");
    let providers = subject
        .running
        .as_ref()
        .and_then(|of| of.providers.as_ref());
    let Some(providers) = providers else {
        check.note("none is at work");
        return check;
    };
    let used = providers.used();
    let switches = &providers.settings().instrumentations;
    for instrumentation in INSTRUMENTATIONS {
        let name = instrumentation.name;
        let is_used = used.iter().any(|used| used == name);
        if !instrumentation.built_in && !is_used {
            continue;
        }
        let off = subject.config.instrumentations.off(name);
        // What code has switched off, no variable has.
        let by = |variable: Option<&'static str>| variable.unwrap_or("code");
        let traces = (!switches.traces(name)).then(|| by(off.and_then(|off| off.traces)));
        let metrics = (!switches.metrics(name)).then(|| by(off.and_then(|off| off.metrics)));
        let partly = match (traces, metrics) {
            (Some(traces), Some(metrics)) if traces == metrics => {
                check.note(format!("{name}: off by {traces}"));
                continue;
            }
            (Some(traces), Some(metrics)) => {
                check.note(format!("{name}: off by {traces} and {metrics}"));
                continue;
            }
            (Some(traces), None) => format!(", without spans by {traces}"),
            (None, Some(metrics)) => format!(", without metrics by {metrics}"),
            (None, None) => String::new(),
        };
        if is_used {
            check.good(format!("{name}: at work{partly}"));
        } else if name == "sqlx" && STATIC_MAX_LEVEL < LevelFilter::DEBUG {
            check.problem(
                "sqlx: its query events are left out of this build (a feature of `tracing` such as \
                 `release_max_level_info`), and no wrapped pool was used; build without the feature, or wrap the pool",
            );
        } else {
            let question = instrumentation.question;
            check.note(format!(
                "{name}: built in{partly}, and not used so far; {question}"
            ));
        }
    }
    for name in used {
        if INSTRUMENTATIONS.iter().all(|known| known.name != name) {
            check.good(format!("{name}: at work"));
        }
    }
    check
}
