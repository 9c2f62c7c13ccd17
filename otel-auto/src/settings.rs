//! What instrumentations obey: the types that [`Builder::settings`](crate::Builder::settings) changes.
//!
//! Each of them has a variable, which `docs/environment.md` tells of; code changes what the variables have set, so code
//! wins. Where a variable has regular expressions, code has a function.
//!
//! # Instrumentations
//!
//! ```
//! # let builder = otel_auto::builder();
//! let builder = builder.settings(|settings| {
//!     settings.instrumentations.disable("redis");
//!     settings.instrumentations.without_traces.insert("sqlx".to_owned()); // its metrics stay
//!     settings.instrumentations.without_metrics.remove("tower"); // on, whatever the environment says
//! });
//! ```
//!
//! The names are those in the variables, in lower case: `OTEL_RUST_INSTRUMENTATION_TOWER_CLIENT_ENABLED` is
//! `tower_client`.
//!
//! # HTTP
//!
//! ```
//! use otel_auto::settings::{Matcher, UrlTemplate};
//! # let builder = otel_auto::builder();
//!
//! let builder = builder.settings(|settings| {
//!     let http = &mut settings.http;
//!     // No span and no metric, nor of what is called inside.
//!     http.excluded_urls.all = Some(Matcher::new(|url| url.ends_with("/healthz")));
//!     let all = Matcher::new(|_| true);
//!     http.excluded_urls.by_instrumentation.insert("reqwest".to_owned(), all);
//!     // By their names in lower case.
//!     http.server_headers.request.push(Matcher::exact("x-tenant"));
//!     http.client_headers.response.push(Matcher::new(|name| name.starts_with("x-ratelimit-")));
//!     http.sanitized_headers.push(Matcher::exact("x-api-key"));
//!     http.sensitive_query_parameters.push("token".to_owned());
//!     http.known_methods.push("PURGE");
//!     // Clients reach this server without a proxy.
//!     http.trust_forwarded = false;
//!     http.server_active_requests = false;
//!     http.client_active_requests = true;
//!     http.body_sizes = true;
//!     http.url_templates.push(UrlTemplate {
//!         path: Matcher::new(|path| path.starts_with("/users/")),
//!         template: "/users/{id}",
//!     });
//! });
//! ```
//!
//! # Exceptions
//!
//! ```
//! use otel_auto::settings::ExceptionSignal;
//! # let builder = otel_auto::builder();
//!
//! let builder = builder.settings(|settings| settings.exceptions = ExceptionSignal::LogsAndEvents);
//! ```
//!
//! # gRPC and peers
//!
//! ```
//! use otel_auto::settings::{Matcher, PeerService};
//! # let builder = otel_auto::builder();
//!
//! let builder = builder.settings(|settings| {
//!     let health = Matcher::new(|method| method.starts_with("grpc.health.v1.Health/"));
//!     settings.rpc.excluded_methods.all = Some(health);
//!     settings.rpc.request_metadata.push(Matcher::exact("x-tenant"));
//!     settings.peer_services.push(PeerService {
//!         host: "10.0.0.7".to_owned(),
//!         port: Some(5432),
//!         path: None,
//!         name: "orders-db",
//!     });
//! });
//! ```
//!
//! # Databases
//!
//! ```
//! # let builder = otel_auto::builder();
//! let builder = builder.settings(|settings| {
//!     settings.db.capture_parameters = true;
//!     settings.db.sqlcommenter = true;
//!     settings.db.transaction_spans = true;
//!     settings.db.returned_rows = false;
//! });
//! ```

pub use otel_auto_core::{
    CapturedHeaders, DbSettings, ExceptionSignal, Excluded, HttpSettings, Matcher, PeerService,
    RpcSettings, Settings, Switches, UrlTemplate,
};

/// What the names of changed settings begin with.
pub(crate) const PREFIX: &str = "settings.";

/// The fields that differ, by their paths.
pub(crate) fn changed(one: &Settings, other: &Settings) -> impl Iterator<Item = &'static str> {
    compare(one, other)
        .into_iter()
        .filter_map(|(path, same)| (!same).then_some(path))
}

fn compare(one: &Settings, other: &Settings) -> Vec<(&'static str, bool)> {
    macro_rules! same {
        ($($($field:ident).+,)+) => {
            vec![$((
                concat!($(".", stringify!($field)),+).trim_start_matches('.'),
                one.$($field).+ == other.$($field).+,
            )),+]
        };
    }
    same![
        traces,
        metrics,
        instrumentations.without_traces,
        instrumentations.without_metrics,
        http.known_methods,
        http.sensitive_query_parameters,
        http.trust_forwarded,
        http.excluded_urls,
        http.server_active_requests,
        http.client_active_requests,
        http.body_sizes,
        http.server_headers,
        http.client_headers,
        http.sanitized_headers,
        http.url_templates,
        rpc.excluded_methods,
        rpc.request_metadata,
        rpc.response_metadata,
        db.sanitize,
        db.capture_parameters,
        db.sqlcommenter,
        db.transaction_spans,
        db.returned_rows,
        muted_functions,
        peer_services,
        exceptions,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Matcher, Settings, changed, compare};

    /// A field that core gets is to be compared here.
    #[test]
    fn every_field_is_compared() {
        let settings = Settings::default();
        let compared = compare(&settings, &settings);
        let compared: BTreeSet<&str> = compared.into_iter().map(|(path, _)| path).collect();
        let (mut found, mut group) = (BTreeSet::new(), String::new());
        for line in format!("{settings:#?}").lines() {
            let depth = line.len() - line.trim_start().len();
            let Some((field, value)) = line.trim_start().split_once(": ") else {
                continue;
            };
            let groups = [
                "Switches {",
                "HttpSettings {",
                "RpcSettings {",
                "DbSettings {",
            ];
            if depth == 4 && groups.contains(&value) {
                group = format!("{field}.");
            } else if depth == 4 {
                found.insert(field.to_owned());
            } else if depth == 8 {
                found.insert(format!("{group}{field}"));
            }
        }
        assert_eq!(
            compared.iter().copied().collect::<Vec<_>>(),
            found.iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_is_changed_is_named_and_what_is_not_is_not() {
        let before = Settings::default();
        let mut after = before.clone();
        assert_eq!(changed(&before, &after).count(), 0);
        after.http.excluded_urls.all = Some(Matcher::exact("/"));
        after.instrumentations.disable("redis");
        after.http.body_sizes = true;
        assert_eq!(
            changed(&before, &after).collect::<Vec<_>>(),
            [
                "instrumentations.without_traces",
                "instrumentations.without_metrics",
                "http.excluded_urls",
                "http.body_sizes",
            ]
        );
    }
}
