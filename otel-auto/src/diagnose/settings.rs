//! The settings in effect, and where each comes from.

use std::time::Duration;

use super::{Subject, check::Check};
use crate::config::{
    env,
    otlp::Otlp,
    signals::Exporter,
    vars::{
        self, ALL, Describe, OF_LOGS, OF_METRICS, OF_TRACES, OtlpVariables, RESOURCE_ATTRIBUTES,
        SERVICE_NAME, TRACES_SAMPLER, VARIABLES,
    },
};

pub(super) fn check(subject: &Subject) -> Check {
    let mut rows = Rows {
        check: Check::new("settings"),
        subject,
        told: Vec::new(),
    };
    for warning in &subject.warnings {
        rows.check.problem(warning.to_string());
    }
    rows.service();
    rows.in_code();
    let config = &subject.config;
    rows.signal("traces", &config.traces.exporters, &vars::TRACES_EXPORTER);
    rows.otlp(
        "traces",
        &config.traces.exporters,
        &config.traces.otlp,
        &OF_TRACES,
    );
    rows.signal(
        "metrics",
        &config.metrics.exporters,
        &vars::METRICS_EXPORTER,
    );
    rows.otlp(
        "metrics",
        &config.metrics.exporters,
        &config.metrics.otlp,
        &OF_METRICS,
    );
    rows.signal("logs", &config.logs.exporters, &vars::LOGS_EXPORTER);
    rows.otlp("logs", &config.logs.exporters, &config.logs.otlp, &OF_LOGS);
    rows.row(
        "sampler",
        &config.traces.sampler.to_string(),
        &[&TRACES_SAMPLER],
    );
    rows.controls();
    rows.others();
    rows.check
}

pub(super) struct Rows<'a> {
    check: Check,
    pub(super) subject: &'a Subject,
    /// The variables that a row was about.
    told: Vec<&'static str>,
}

impl Rows<'_> {
    /// `label = value (source)`: the first of the variables that is set, or the default.
    fn row(&mut self, label: &str, value: &str, variables: &[&'static dyn Describe]) {
        self.told.extend(variables.iter().map(|of| of.name()));
        let source = variables.iter().find(|variable| is_set(variable.name()));
        let source = source.map_or_else(
            || "default".to_owned(),
            |variable| self.source(variable.name()),
        );
        self.check.note(format!("{label} = {value} ({source})"));
    }

    /// The same for what instrumentations obey, if any of the variables is set: by its path, which code may have changed.
    pub(super) fn control(&mut self, path: &str, value: &str, variables: &[&'static dyn Describe]) {
        if variables.iter().any(|variable| is_set(variable.name())) {
            let path = format!("{}{path}", crate::settings::PREFIX);
            let running = self.subject.running.as_ref();
            let by_code = running.is_some_and(|is| {
                let mut changed = is.set_in_code.iter();
                changed.any(|changed| path.starts_with(changed.as_str()))
            });
            let label = if by_code {
                format!("{path}, before code changed it,")
            } else {
                path
            };
            self.row(&label, value, variables);
        }
    }

    fn source(&self, name: &str) -> String {
        let mut warnings = self.subject.warnings.iter();
        if warnings.any(|warning| warning.variable == name) {
            format!("{name}, but see above")
        } else {
            name.to_owned()
        }
    }

    fn service(&mut self) {
        let resource = &self.subject.config.resource;
        let name = resource.service_name.as_str();
        if name.starts_with("unknown_service") {
            self.check.problem(format!(
                "service.name = {name} (default): set OTEL_SERVICE_NAME, or start with otel_auto::init!()"
            ));
            return;
        }
        let attributes = env::process(RESOURCE_ATTRIBUTES.name).unwrap_or_default();
        let running = self.subject.running.as_ref();
        let source =
            if running.is_some_and(|is| is.set_in_code.iter().any(|key| key == "service.name")) {
                "code"
            } else if is_set(SERVICE_NAME.name) {
                SERVICE_NAME.name
            } else if attributes.contains("service.name") {
                RESOURCE_ATTRIBUTES.name
            } else {
                "package"
            };
        self.told.push(SERVICE_NAME.name);
        self.check.note(format!("service.name = {name} ({source})"));
    }

    fn in_code(&mut self) {
        let running = self.subject.running.as_ref();
        let set_in_code = running.map(|running| running.set_in_code.as_slice());
        let set_in_code = set_in_code.unwrap_or_default().iter();
        for key in set_in_code.filter(|key| *key != "service.name") {
            self.check.note(format!("{key} (code)"));
        }
    }

    fn signal(&mut self, name: &str, exporters: &[Exporter], variable: &'static dyn Describe) {
        let names: Vec<String> = exporters.iter().map(ToString::to_string).collect();
        let names = match names.as_slice() {
            [] => "none".to_owned(),
            names => names.join(","),
        };
        self.row(name, &names, &[variable]);
    }

    fn otlp(
        &mut self,
        name: &str,
        exporters: &[Exporter],
        otlp: &Otlp,
        own: &'static OtlpVariables,
    ) {
        if !exporters.contains(&Exporter::Otlp) {
            return;
        }
        let endpoint = own.endpoint.shown(&otlp.endpoint);
        self.row(
            &format!("{name}.endpoint"),
            &endpoint,
            &[own.endpoint, ALL.endpoint],
        );
        let protocol = otlp.protocol.to_string();
        self.row(
            &format!("{name}.protocol"),
            &protocol,
            &[own.protocol, ALL.protocol],
        );
        let headers: Vec<String> = otlp
            .headers
            .iter()
            .map(|(header, _)| format!("{header}: ***"))
            .collect();
        if !headers.is_empty() {
            let headers = headers.join(", ");
            self.row(
                &format!("{name}.headers"),
                &headers,
                &[own.headers, ALL.headers],
            );
        }
        let timeout = otlp.timeout.map_or_else(|| "no limit".to_owned(), millis);
        self.row(
            &format!("{name}.timeout"),
            &timeout,
            &[own.timeout, ALL.timeout],
        );
    }

    /// All others that are set, as they are written.
    fn others(&mut self) {
        let mut defaults = 0_usize;
        for variable in VARIABLES.iter().flat_map(|section| section.variables) {
            let name = variable.name();
            if self.told.contains(&name) {
                continue;
            }
            let Some(value) = text(name) else {
                defaults += 1;
                continue;
            };
            let warned = self.subject.warnings.iter();
            if warned.clone().all(|warning| warning.variable != name) {
                let value = variable.shown(&value).into_owned();
                self.check.note(format!("{name} = {value}"));
            }
        }
        self.check.note(format!(
            "{defaults} other variables are not set: their defaults hold"
        ));
    }
}

fn text(name: &str) -> Option<String> {
    let text = env::process(name)?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn is_set(name: &str) -> bool {
    text(name).is_some()
}

fn millis(timeout: Duration) -> String {
    format!("{} ms", timeout.as_millis())
}
