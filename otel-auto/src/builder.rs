//! Setting telemetry up.

use std::fmt;

use otel_auto_core::Settings;

use crate::{
    Telemetry,
    config::{Config, env, resource::Fallback},
    diagnose,
    diagnostics::{banner, mention, say, set_level},
    hooks,
    providers::Sdk,
    settings, subscriber,
};

/// Sets telemetry up from the environment. Never fails, never panics.
///
/// What cannot be set up is said on stderr, and left out. A second call changes nothing: its guard guards nothing.
/// It may be called inside or outside of a runtime, before or after layers are built.
///
/// [`init!`](crate::init!) does the same and knows the name and version of the calling package.
pub fn init() -> Telemetry {
    builder().init()
}

/// Sets telemetry up from the environment, or says why it could not be done in full.
///
/// # Errors
///
/// If telemetry is set up already, if a variable has a value that cannot be used, or if an exporter cannot be set up.
/// Nothing is set up then.
pub fn try_init() -> Result<Telemetry, Error> {
    builder().try_init()
}

/// Starts with what the environment says.
pub fn builder() -> Builder {
    Builder::default()
}

/// Sets telemetry up from code and environment.
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    name: Option<String>,
    version: Option<String>,
    service_name: Option<String>,
    attributes: Vec<(String, String)>,
    edits: Edits,
    without_subscriber: bool,
}

type Edit = Box<dyn FnOnce(&mut Settings) + Send>;

#[derive(Default)]
struct Edits(Vec<Edit>);

impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.len())
    }
}

impl Builder {
    /// The package's name and version, where the environment gives no `service.name` and `service.version`.
    pub fn package(mut self, name: &str, version: &str) -> Self {
        self.name = Some(name.to_owned());
        self.version = Some(version.to_owned());
        self
    }

    /// `service.name`, whatever the environment says.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// An attribute of the resource, whatever the environment says.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// Changes what instrumentations obey, as the environment has set it: which of them are on, excluded URLs, captured
    /// headers, names of peers. [`settings`](mod@crate::settings) has an example of each.
    ///
    /// ```no_run
    /// use otel_auto::settings::Matcher;
    ///
    /// let _otel = otel_auto::builder()
    ///     .settings(|settings| {
    ///         settings.instrumentations.disable("redis");
    ///         settings.http.excluded_urls.all = Some(Matcher::new(|url| url.ends_with("/healthz")));
    ///     })
    ///     .init();
    /// ```
    ///
    /// Called again, it changes what the call before has left. The function is run once, by [`init`](Self::init) or
    /// [`try_init`](Self::try_init), on its thread; not if telemetry is set up already.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.edits.0.push(Box::new(change));
        self
    }

    /// Leaves the program's `tracing` subscriber alone: see [`tracing_layer`](crate::tracing_layer).
    pub fn without_subscriber(mut self) -> Self {
        self.without_subscriber = true;
        self
    }

    /// See [`init`](fn@crate::init).
    pub fn init(self) -> Telemetry {
        if Telemetry::is_running() {
            say(SECOND);
            return Telemetry::none();
        }
        let (config, warnings) = self.config();
        set_level(config.log_level);
        warnings.iter().for_each(say);
        config.ineffective.iter().for_each(mention);
        let (sdk, problems) = Sdk::new(&config);
        problems.iter().for_each(say);
        self.start(sdk, &config).unwrap_or_else(|_| {
            say(SECOND);
            Telemetry::none()
        })
    }

    /// See [`try_init`].
    ///
    /// # Errors
    ///
    /// As for [`try_init`].
    pub fn try_init(self) -> Result<Telemetry, Error> {
        if Telemetry::is_running() {
            return Err(Error(Kind::Second));
        }
        let (config, warnings) = self.config();
        if let Some(warning) = warnings.first() {
            return Err(Error(Kind::Setting(warning.to_string())));
        }
        let (sdk, problems) = Sdk::new(&config);
        if let Some(problem) = problems.into_iter().next() {
            return Err(Error(Kind::Exporter(problem)));
        }
        self.start(sdk, &config).map_err(|_| Error(Kind::Second))
    }

    fn config(&self) -> (Config, Vec<crate::config::warning::Warning>) {
        let fallback = Fallback {
            service_name: self.name.as_deref(),
            service_version: self.version.as_deref(),
        };
        let (mut config, warnings) = Config::from_env(&env::process, fallback);
        if let Some(name) = &self.service_name {
            config.resource.service_name.clone_from(name);
        }
        for (key, value) in &self.attributes {
            config
                .resource
                .attributes
                .retain(|(existing, _)| existing != key);
            config
                .resource
                .attributes
                .push((key.clone(), value.clone()));
        }
        (config, warnings)
    }

    fn start(self, sdk: Sdk, config: &Config) -> Result<Telemetry, Sdk> {
        let mut set_in_code = self.set_in_code();
        let from_environment = config.settings();
        let mut settings = from_environment.clone();
        for edit in self.edits.0 {
            edit(&mut settings);
        }
        let changed = settings::changed(&from_environment, &settings);
        set_in_code.extend(changed.map(|path| format!("{}{path}", settings::PREFIX)));
        let remember = diagnose::prepare(&sdk, config, set_in_code);
        let telemetry = Telemetry::start(sdk, config, settings)?;
        remember();
        banner(config);
        if !config.disabled {
            hooks::install();
        }
        if !config.disabled && !self.without_subscriber {
            subscriber::install();
            subscriber::check_events();
        }
        #[cfg(feature = "log")]
        if !config.disabled {
            subscriber::logger::install();
        }
        if config.diagnose {
            diagnose::report_in_background();
        }
        Ok(telemetry)
    }

    /// The settings that code has made, by name.
    fn set_in_code(&self) -> Vec<String> {
        let name = self.service_name.iter().map(|_| "service.name".to_owned());
        let attributes = self.attributes.iter();
        name.chain(attributes.map(|(key, _)| format!("resource attribute {key}")))
            .collect()
    }
}

const SECOND: &str = "telemetry is set up already; this call changes nothing";

/// Why telemetry could not be set up.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Second,
    Setting(String),
    Exporter(String),
}

impl Error {
    /// Is telemetry set up already?
    #[must_use]
    pub fn is_already_set_up(&self) -> bool {
        matches!(self.0, Kind::Second)
    }

    /// Does a variable have a value that cannot be used?
    #[must_use]
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Second => f.write_str("telemetry is set up already"),
            Kind::Setting(problem) | Kind::Exporter(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for Error {}
