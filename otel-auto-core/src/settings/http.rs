use super::{Excluded, Matcher};

/// The settings of the HTTP instrumentations.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpSettings {
    /// The methods that keep their name; all others are `_OTHER` (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`).
    pub known_methods: Vec<&'static str>,
    /// The query parameters whose values are replaced by `REDACTED`. Case-sensitive.
    pub sensitive_query_parameters: Vec<String>,
    /// Believe `Forwarded` and `X-Forwarded-*`. Anybody may send these headers: right behind a proxy that sets them.
    pub trust_forwarded: bool,
    /// Requests that nothing is recorded of, by their absolute URL.
    pub excluded_urls: Excluded,
    /// The metric `http.server.active_requests`. By the conventions it is opt-in; here it is on.
    pub server_active_requests: bool,
    /// The metric `http.client.active_requests`.
    pub client_active_requests: bool,
    /// The sizes of request and response bodies in bytes, as metrics and on spans. Off by default.
    ///
    /// A size that is not known is not recorded.
    pub body_sizes: bool,
    /// Headers that servers record. None by default.
    pub server_headers: CapturedHeaders,
    /// Headers that clients record. None by default.
    pub client_headers: CapturedHeaders,
    /// Captured headers whose values are replaced by `[REDACTED]`, by their name in lower case.
    pub sanitized_headers: Vec<Matcher>,
    /// Templates for the URLs of requests whose caller gave none, by the path. The first that matches is taken.
    pub url_templates: Vec<UrlTemplate>,
}

/// Headers that are recorded, by their name in lower case.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct CapturedHeaders {
    /// Of requests: `http.request.header.<name>`.
    pub request: Vec<Matcher>,
    /// Of responses: `http.response.header.<name>`.
    pub response: Vec<Matcher>,
}

/// A rule for the `url.template` of client requests.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlTemplate {
    /// Matches the URL's path.
    pub path: Matcher,
    /// What stands for such a path: `/users/{id}`.
    pub template: &'static str,
}

impl HttpSettings {
    /// What stands for a path that no caller gave a template for.
    #[must_use]
    pub fn url_template(&self, path: &str) -> Option<&'static str> {
        self.url_templates
            .iter()
            .find(|rule| rule.path.is_match(path))
            .map(|rule| rule.template)
    }
}

/// The methods of RFC 9110 and RFC 5789, and QUERY.
const KNOWN_METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "QUERY",
];

/// The signatures of cloud storage URLs that the conventions name.
const SENSITIVE_QUERY_PARAMETERS: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
];

/// Headers whose values are credentials.
const SANITIZED_HEADERS: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            known_methods: KNOWN_METHODS.to_vec(),
            sensitive_query_parameters: SENSITIVE_QUERY_PARAMETERS.map(str::to_owned).to_vec(),
            trust_forwarded: true,
            excluded_urls: Excluded::default(),
            server_active_requests: true,
            client_active_requests: false,
            body_sizes: false,
            server_headers: CapturedHeaders::default(),
            client_headers: CapturedHeaders::default(),
            sanitized_headers: SANITIZED_HEADERS.map(Matcher::exact).into(),
            url_templates: Vec::new(),
        }
    }
}
