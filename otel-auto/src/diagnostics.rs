//! What is said to the person who starts the program, on stderr.

use std::{
    fmt::Display,
    io::Write,
    sync::atomic::{AtomicU8, Ordering},
};

use tracing::level_filters::LevelFilter;

use crate::config::{Banner, Config, signals::Exporter};

/// What may be said (`OTEL_LOG_LEVEL`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Level {
    Error = 1,
    Warn,
    Info,
    Debug,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// From now on says no more than this.
pub(crate) fn set_level(level: LevelFilter) {
    let allowed = match level {
        LevelFilter::OFF => 0,
        LevelFilter::ERROR => Level::Error as u8,
        LevelFilter::WARN => Level::Warn as u8,
        LevelFilter::INFO => Level::Info as u8,
        _ => Level::Debug as u8,
    };
    LEVEL.store(allowed, Ordering::Relaxed);
}

/// One line on stderr. A closed stderr is nobody's problem.
fn write(level: Level, line: &str) {
    if LEVEL.load(Ordering::Relaxed) >= level as u8 {
        let _ = std::io::stderr()
            .lock()
            .write_all(format!("{line}\n").as_bytes());
    }
}

/// Says what of the set-up is not as it was asked for.
pub(crate) fn say(line: impl Display) {
    write(Level::Warn, &format!("otel-auto: {line}"));
}

/// Says what only someone who looks for it wants to know.
pub(crate) fn mention(line: impl Display) {
    write(Level::Debug, &format!("otel-auto: {line}"));
}

/// Prints what was asked for, whatever may be said besides.
pub(crate) fn print(report: &impl Display) {
    let _ = std::io::stderr()
        .lock()
        .write_all(format!("{report}\n").as_bytes());
}

/// Passes on a report of telemetry that was lost.
pub(crate) fn report(line: &str) {
    write(Level::Error, line);
}

/// `otel-auto 0.1.0 · service=users 0.3.1 · traces=console metrics=otlp logs=otlp http://localhost:4318 · always_on`
pub(crate) fn banner(config: &Config) {
    if config.banner == Banner::Line {
        write(Level::Info, &line(config));
    }
}

fn line(config: &Config) -> String {
    let mut line = format!(
        "otel-auto {} · service={}",
        env!("CARGO_PKG_VERSION"),
        config.resource.service_name
    );
    if let Some(version) = &config.resource.service_version {
        line.push(' ');
        line.push_str(version);
    }
    if config.disabled {
        line.push_str(" · disabled by OTEL_SDK_DISABLED");
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
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(",")
        };
        line.push_str(&format!(" {name}={names}"));
        let endpoint = otlp
            .endpoint
            .strip_suffix(&format!("/v1/{name}"))
            .unwrap_or(&otlp.endpoint);
        if exporters.contains(&Exporter::Otlp) && !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    for endpoint in endpoints {
        line.push(' ');
        line.push_str(endpoint);
    }
    line.push_str(&format!(" · {}", config.traces.sampler));
    line
}
