//! Everything that can be set, resolved once into one [`Config`]: from the environment here, and by the
//! builder afterwards, which writes the fields. The SDK's own reading of the environment is never relied on.

pub(crate) mod db;
pub(crate) mod detectors;
pub(crate) mod env;
pub(crate) mod http;
pub(crate) mod instrumentation;
pub(crate) mod jaeger;
pub(crate) mod nearest;
pub(crate) mod otlp;
pub(crate) mod propagators;
pub(crate) mod resource;
pub(crate) mod rpc;
pub(crate) mod runtime;
pub(crate) mod sampler;
pub(crate) mod signals;
pub(crate) mod subscriber;
pub(crate) mod vars;
pub(crate) mod warning;

mod endpoint;
mod entities;
mod header_names;
mod otlp_env;
mod patterns;
mod peer_service;
mod percent;
pub(crate) mod proxy;

#[cfg(test)]
mod tests;

use std::time::Duration;

use otel_auto_core::{
    DbSettings, ExceptionSignal, FunctionPaths, PeerService, Settings, propagation::Propagator,
};
use tracing::level_filters::LevelFilter;

use self::{
    env::{Env, Lookup},
    http::Http,
    instrumentation::Instrumentations,
    resource::{Fallback, ResourceSettings},
    rpc::Rpc,
    runtime::Runtime,
    signals::{Logs, Metrics, Traces},
    subscriber::Tracing,
    vars::{
        BANNER, CONFIG_FILE, DIAGNOSE, EXPERIMENTAL_CONFIG_FILE, FLUSH_ON_PANIC, FLUSH_ON_SIGNAL,
        INSTRUMENTED_EXCLUDE, LOG_LEVEL, SDK_DISABLED, SDK_METRICS, SEMCONV_EXCEPTION,
        SEMCONV_STABILITY, SHUTDOWN_TIMEOUT,
    },
    warning::Warning,
};

/// What is printed at the start (`OTEL_RUST_BANNER`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Banner {
    Off,
    Line,
}

/// All settings in effect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// No signal at all; propagators are installed even so.
    pub(crate) disabled: bool,
    pub(crate) log_level: LevelFilter,
    /// `None` is no limit.
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) flush_on_signal: bool,
    pub(crate) flush_on_panic: bool,
    pub(crate) banner: Banner,
    /// Print a report after the start.
    pub(crate) diagnose: bool,
    /// Measure the export itself.
    pub(crate) sdk_metrics: bool,
    pub(crate) propagators: Vec<Propagator>,
    pub(crate) resource: ResourceSettings,
    pub(crate) traces: Traces,
    pub(crate) metrics: Metrics,
    pub(crate) logs: Logs,
    pub(crate) tracing: Tracing,
    pub(crate) runtime: Runtime,
    pub(crate) instrumentations: Instrumentations,
    pub(crate) http: Http,
    pub(crate) rpc: Rpc,
    pub(crate) db: DbSettings,
    /// Of `#[instrumented]`, by path.
    pub(crate) muted_functions: Vec<String>,
    /// The most specific first.
    pub(crate) peer_services: Vec<PeerService>,
    pub(crate) exceptions: ExceptionSignal,
    /// What is set and does nothing here, in sentences.
    pub(crate) ineffective: Vec<String>,
}

impl Config {
    /// Never fails: what cannot be used is a warning, and counts as unset.
    pub(crate) fn from_env(lookup: Lookup<'_>, fallback: Fallback<'_>) -> (Self, Vec<Warning>) {
        let mut env = Env::new(lookup);
        let mut config = Self {
            disabled: env.flag(&SDK_DISABLED),
            log_level: env.choice(&LOG_LEVEL, LOG_LEVELS, LevelFilter::INFO),
            shutdown_timeout: env.timeout(&SHUTDOWN_TIMEOUT),
            flush_on_signal: env.switch(&FLUSH_ON_SIGNAL),
            flush_on_panic: env.switch(&FLUSH_ON_PANIC),
            banner: env.choice(&BANNER, BANNERS, Banner::Line),
            diagnose: env.choice(&DIAGNOSE, YES_OR_NO, false),
            sdk_metrics: env.flag(&SDK_METRICS),
            propagators: propagators::read(&mut env),
            resource: ResourceSettings::read(&mut env, fallback),
            traces: Traces::read(&mut env),
            metrics: Metrics::read(&mut env),
            logs: Logs::read(&mut env),
            tracing: Tracing::read(&mut env),
            runtime: Runtime::read(&mut env),
            instrumentations: Instrumentations::read(&mut env),
            http: Http::read(&mut env),
            rpc: Rpc::read(&mut env),
            db: db::read(&mut env),
            muted_functions: functions(&mut env),
            peer_services: peer_service::read(&mut env),
            exceptions: exceptions(&mut env),
            ineffective: Vec::new(),
        };
        without_effect(&mut env);
        config.ineffective = env.take_ineffective();
        (config, env.into_warnings())
    }

    /// What instrumentations obey.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        self.instrumentations.apply(&mut settings.instrumentations);
        self.http.apply(&mut settings.http);
        self.rpc.apply(&mut settings.rpc);
        settings.db = self.db.clone();
        settings.muted_functions = FunctionPaths::new(&self.muted_functions);
        settings.peer_services.clone_from(&self.peer_services);
        settings.exceptions = self.exceptions;
        settings
    }
}

/// `path::of::function` or `path::of::module::*`.
fn functions(env: &mut Env<'_>) -> Vec<String> {
    let path = |item: &str| {
        let path = item.strip_suffix("::*").unwrap_or(item);
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|char| char.is_alphanumeric() || char == '_')
        };
        if path.contains("::") && path.split("::").all(is_name)
            || item.ends_with("::*") && is_name(path)
        {
            Ok(item.to_owned())
        } else {
            Err("which is no function's path".to_owned())
        }
    };
    env.each(&INSTRUMENTED_EXCLUDE, path).unwrap_or_default()
}

/// A list, since the specification calls it one. Of both names `logs/dup` wins.
fn exceptions(env: &mut Env<'_>) -> ExceptionSignal {
    const NAMES: &[(&str, ExceptionSignal)] = &[
        ("logs", ExceptionSignal::Logs),
        ("logs/dup", ExceptionSignal::LogsAndEvents),
    ];
    let otherwise = "using log records where logs are exported, and events of spans otherwise";
    let wanted = env.names_if_set(&SEMCONV_EXCEPTION, NAMES, &[], otherwise);
    wanted.map_or(ExceptionSignal::Auto, |wanted| {
        let both = wanted.contains(&ExceptionSignal::LogsAndEvents);
        let first = wanted.first().copied().unwrap_or_default();
        if both {
            ExceptionSignal::LogsAndEvents
        } else {
            first
        }
    })
}

/// Variables of the specification that cannot be heeded: a file would replace all others, so it is a warning.
fn without_effect(env: &mut Env<'_>) {
    for file in [&CONFIG_FILE, &EXPERIMENTAL_CONFIG_FILE] {
        if let Some(text) = env.text(file) {
            let problem = "is not supported in this version";
            env.warn(file, &text, problem, "using the other variables");
        }
    }
    if env.text(&SEMCONV_STABILITY).is_some() {
        env.ineffective(&SEMCONV_STABILITY, "only stable conventions are followed");
    }
}

const YES_OR_NO: &[(&str, bool)] = &[("0", false), ("1", true), ("false", false), ("true", true)];
const BANNERS: &[(&str, Banner)] = &[("off", Banner::Off), ("line", Banner::Line)];

/// The specification names no values; `verbose` and `all` are what other languages also accept.
const LOG_LEVELS: &[(&str, LevelFilter)] = &[
    ("none", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
    ("verbose", LevelFilter::TRACE),
    ("all", LevelFilter::TRACE),
];
