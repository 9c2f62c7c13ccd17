//! What the HTTP instrumentations record.

use otel_auto_core::{CapturedHeaders, HttpSettings, Matcher, UrlTemplate, intern};

use super::{
    env::Env,
    header_names::HeaderNames,
    patterns::{Of, Patterns},
    vars::{
        self, BODY_SIZE, CLIENT_ACTIVE_REQUESTS, EXCLUDED_URLS, EXCLUDED_URLS_OF,
        JAVA_CLIENT_EXPERIMENTAL, JAVA_SENSITIVE_QUERY_PARAMETERS, JAVA_SERVER_EXPERIMENTAL,
        KNOWN_METHODS, SANITIZE_FIELDS, SENSITIVE_QUERY_PARAMETERS, SERVER_ACTIVE_REQUESTS,
        TRUST_FORWARDED, URL_TEMPLATES,
    },
};

/// `None` leaves a list to the convention.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Http {
    pub(crate) known_methods: Option<Vec<String>>,
    pub(crate) sensitive_query_parameters: Option<Vec<String>>,
    pub(crate) trust_forwarded: bool,
    pub(crate) excluded_urls: Option<Patterns>,
    /// By instrumentation, instead.
    pub(crate) excluded_urls_of: Vec<(&'static str, Patterns)>,
    /// The metric `http.server.active_requests`.
    pub(crate) server_active_requests: bool,
    /// The metric `http.client.active_requests`.
    pub(crate) client_active_requests: bool,
    pub(crate) body_sizes: bool,
    pub(crate) server_headers: Headers,
    pub(crate) client_headers: Headers,
    /// Besides the convention's.
    pub(crate) sanitized_headers: Option<Patterns>,
    /// What the path matches, and the template.
    pub(crate) url_templates: Vec<(Patterns, String)>,
}

/// Headers that are recorded; none by default.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Headers {
    pub(crate) request: Option<HeaderNames>,
    pub(crate) response: Option<HeaderNames>,
}

impl Http {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let java_server = env.flag(&JAVA_SERVER_EXPERIMENTAL);
        let java_client = env.flag(&JAVA_CLIENT_EXPERIMENTAL);
        let java_parameters = env.replacing_list(&JAVA_SENSITIVE_QUERY_PARAMETERS);
        let mut excluded_urls_of = Vec::new();
        for (name, variable) in EXCLUDED_URLS_OF {
            if let Some(patterns) = Patterns::read(env, variable, Of::Url) {
                excluded_urls_of.push((name, patterns));
            }
        }
        Self {
            known_methods: env.replacing_list(&KNOWN_METHODS),
            sensitive_query_parameters: env
                .replacing_list(&SENSITIVE_QUERY_PARAMETERS)
                .or(java_parameters),
            trust_forwarded: env.switch(&TRUST_FORWARDED),
            excluded_urls: Patterns::read(env, &EXCLUDED_URLS, Of::Url),
            excluded_urls_of,
            server_active_requests: env.switch(&SERVER_ACTIVE_REQUESTS),
            client_active_requests: env.flag_or(&CLIENT_ACTIVE_REQUESTS, java_client),
            body_sizes: env.flag_or(&BODY_SIZE, java_server || java_client),
            server_headers: Headers {
                request: HeaderNames::read(
                    env,
                    &vars::SERVER_REQUEST_HEADERS,
                    &vars::JAVA_SERVER_REQUEST_HEADERS,
                    &vars::PYTHON_SERVER_REQUEST_HEADERS,
                ),
                response: HeaderNames::read(
                    env,
                    &vars::SERVER_RESPONSE_HEADERS,
                    &vars::JAVA_SERVER_RESPONSE_HEADERS,
                    &vars::PYTHON_SERVER_RESPONSE_HEADERS,
                ),
            },
            client_headers: Headers {
                request: HeaderNames::read(
                    env,
                    &vars::CLIENT_REQUEST_HEADERS,
                    &vars::JAVA_CLIENT_REQUEST_HEADERS,
                    &vars::PYTHON_CLIENT_REQUEST_HEADERS,
                ),
                response: HeaderNames::read(
                    env,
                    &vars::CLIENT_RESPONSE_HEADERS,
                    &vars::JAVA_CLIENT_RESPONSE_HEADERS,
                    &vars::PYTHON_CLIENT_RESPONSE_HEADERS,
                ),
            },
            sanitized_headers: Patterns::read(env, &SANITIZE_FIELDS, Of::SecretHeader),
            url_templates: env.each(&URL_TEMPLATES, url_template).unwrap_or_default(),
        }
    }

    pub(super) fn apply(&self, settings: &mut HttpSettings) {
        if let Some(methods) = &self.known_methods {
            settings.known_methods = methods.iter().filter_map(|name| intern(name)).collect();
        }
        if let Some(parameters) = &self.sensitive_query_parameters {
            settings.sensitive_query_parameters.clone_from(parameters);
        }
        settings.trust_forwarded = self.trust_forwarded;
        settings.excluded_urls.all = self.excluded_urls.as_ref().map(Patterns::matcher);
        for (name, patterns) in &self.excluded_urls_of {
            let by_instrumentation = &mut settings.excluded_urls.by_instrumentation;
            by_instrumentation.insert((*name).to_owned(), patterns.matcher());
        }
        settings.server_active_requests = self.server_active_requests;
        settings.client_active_requests = self.client_active_requests;
        settings.body_sizes = self.body_sizes;
        self.server_headers.apply(&mut settings.server_headers);
        self.client_headers.apply(&mut settings.client_headers);
        let sanitized = self.sanitized_headers.iter().map(Patterns::matcher);
        settings.sanitized_headers.extend(sanitized);
        let templates = self.url_templates.iter();
        settings.url_templates = templates
            .filter_map(|(path, template)| {
                Some(UrlTemplate {
                    path: path.matcher(),
                    template: intern(template)?,
                })
            })
            .collect();
    }
}

impl Headers {
    fn apply(&self, captured: &mut CapturedHeaders) {
        let matchers = |names: &Option<HeaderNames>| -> Vec<Matcher> {
            names
                .as_ref()
                .map(HeaderNames::matchers)
                .unwrap_or_default()
        };
        captured.request = matchers(&self.request);
        captured.response = matchers(&self.response);
    }
}

/// `expression=template`. The expression may have a `=`, a template has none.
fn url_template(item: &str) -> Result<(Patterns, String), String> {
    match item.rsplit_once('=') {
        Some((path, template)) if !path.trim().is_empty() && !template.trim().is_empty() => {
            let patterns = Patterns::one(path.trim(), Of::Path)?;
            Ok((patterns, template.trim().to_owned()))
        }
        _ => Err("which is not expression=template".to_owned()),
    }
}
