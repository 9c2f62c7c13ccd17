//! What is said to the person who starts the program, on stderr.

use std::{fmt::Display, io::Write};

use crate::config::{Banner, Config, signals::Exporter};

/// One line on stderr. A closed stderr is nobody's problem.
pub(crate) fn say(line: impl Display) {
    let _ = std::io::stderr().lock().write_all(format!("otel-auto: {line}\n").as_bytes());
}

/// `otel-auto 0.1.0 · service=users 0.3.1 · traces=console metrics=otlp logs=otlp http://localhost:4318 · always_on`
pub(crate) fn banner(config: &Config) {
    if config.banner == Banner::Off {
        return;
    }
    let line = line(config);
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

fn line(config: &Config) -> String {
    let mut line = format!("otel-auto {} · service={}", env!("CARGO_PKG_VERSION"), config.resource.service_name);
    if let Some(version) = &config.resource.service_version {
        line.push(' ');
        line.push_str(version);
    }
    if config.disabled {
        line.push_str(" · disabled by OTEL_SDK_DISABLED\n");
        return line;
    }
    let signals = [
        ("traces", &config.traces.exporters, &config.traces.otlp),
        ("metrics", &config.metrics.exporters, &config.metrics.otlp),
        ("logs", &config.logs.exporters, &config.logs.otlp),
    ];
    line.push_str(" ·");
    let mut endpoints: Vec<&str> = Vec::new();
    for (name, exporters, otlp) in signals {
        let names: Vec<String> = exporters.iter().map(ToString::to_string).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(",") };
        line.push_str(&format!(" {name}={names}"));
        let endpoint = otlp.endpoint.strip_suffix(&format!("/v1/{name}")).unwrap_or(&otlp.endpoint);
        if exporters.contains(&Exporter::Otlp) && !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    for endpoint in endpoints {
        line.push(' ');
        line.push_str(endpoint);
    }
    line.push_str(&format!(" · {}\n", config.traces.sampler));
    line
}
