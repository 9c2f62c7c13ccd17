//! An empty export to the endpoint of every signal that leaves over OTLP.

use super::check::Check;
use crate::{
    config::{Config, signals::Exporter},
    exporters::otlp::{Signal, probe},
};

pub(super) fn check(config: &Config) -> Check {
    let mut check = Check::new("endpoints");
    let all = [
        (
            Signal::Traces,
            &config.traces.exporters,
            &config.traces.otlp,
        ),
        (
            Signal::Metrics,
            &config.metrics.exporters,
            &config.metrics.otlp,
        ),
        (Signal::Logs, &config.logs.exporters, &config.logs.otlp),
    ];
    let tried: Vec<_> = all
        .into_iter()
        .filter(|(_, exporters, _)| !config.disabled && exporters.contains(&Exporter::Otlp))
        .map(|(signal, _, otlp)| (signal, otlp.clone()))
        .collect();
    if tried.is_empty() {
        check.note("nothing leaves over OTLP");
        return check;
    }
    for (signal, probed) in probe(tried) {
        let name = signal.name();
        let probed = match probed {
            Ok(probed) => probed,
            Err(problem) => {
                check.problem(format!("{name}: {problem}"));
                continue;
            }
        };
        let mut way = format!("{name} {}", probed.url);
        if !probed.headers.is_empty() {
            let headers: Vec<_> = probed
                .headers
                .iter()
                .map(|name| format!("{name}: ***"))
                .collect();
            way.push_str(&format!(" with {}", headers.join(", ")));
        }
        for step in &probed.steps {
            way.push_str(&format!(" → {step}"));
        }
        match probed.outcome {
            Ok(said) => check.good(format!("{way} → {said}")),
            Err(problem) => check.problem(format!("{way} → {problem}")),
        }
    }
    check
}
