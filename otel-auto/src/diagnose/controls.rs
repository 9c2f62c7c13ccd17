//! What is recorded, and of what, where several variables or code may say so.

use otel_auto_core::PeerService;

use super::settings::Rows;
use crate::config::{
    http::Headers,
    vars::{self, Describe},
};

/// The variables of one control: the strongest first.
type Variables = [&'static dyn Describe; 3];

static SERVER: [Variables; 2] = [
    [
        &vars::SERVER_REQUEST_HEADERS,
        &vars::JAVA_SERVER_REQUEST_HEADERS,
        &vars::PYTHON_SERVER_REQUEST_HEADERS,
    ],
    [
        &vars::SERVER_RESPONSE_HEADERS,
        &vars::JAVA_SERVER_RESPONSE_HEADERS,
        &vars::PYTHON_SERVER_RESPONSE_HEADERS,
    ],
];
static CLIENT: [Variables; 2] = [
    [
        &vars::CLIENT_REQUEST_HEADERS,
        &vars::JAVA_CLIENT_REQUEST_HEADERS,
        &vars::PYTHON_CLIENT_REQUEST_HEADERS,
    ],
    [
        &vars::CLIENT_RESPONSE_HEADERS,
        &vars::JAVA_CLIENT_RESPONSE_HEADERS,
        &vars::PYTHON_CLIENT_RESPONSE_HEADERS,
    ],
];

impl Rows<'_> {
    /// Those that are set, by their paths in [`Settings`](otel_auto_core::Settings).
    pub(super) fn controls(&mut self) {
        let config = &self.subject.config;
        let http = &config.http;
        if let Some(excluded) = &http.excluded_urls {
            self.control(
                "http.excluded_urls",
                &or_none(excluded.to_string()),
                &[&vars::EXCLUDED_URLS],
            );
        }
        self.headers("http.server_headers", &http.server_headers, &SERVER);
        self.headers("http.client_headers", &http.client_headers, &CLIENT);
        if let Some(parameters) = &http.sensitive_query_parameters {
            self.control(
                "http.sensitive_query_parameters",
                &or_none(parameters.join(",")),
                &[
                    &vars::SENSITIVE_QUERY_PARAMETERS,
                    &vars::JAVA_SENSITIVE_QUERY_PARAMETERS,
                ],
            );
        }
        self.control(
            "http.body_sizes",
            &http.body_sizes.to_string(),
            &[
                &vars::BODY_SIZE,
                &vars::JAVA_SERVER_EXPERIMENTAL,
                &vars::JAVA_CLIENT_EXPERIMENTAL,
            ],
        );
        self.control(
            "http.client_active_requests",
            &http.client_active_requests.to_string(),
            &[
                &vars::CLIENT_ACTIVE_REQUESTS,
                &vars::JAVA_CLIENT_EXPERIMENTAL,
            ],
        );
        let peers = config.peer_services.iter().map(peer);
        self.control(
            "peer_services",
            &or_none(peers.collect::<Vec<_>>().join(",")),
            &[&vars::PEER_MAPPING, &vars::JAVA_PEER_MAPPING],
        );
    }

    fn headers(&mut self, path: &str, headers: &Headers, [request, response]: &[Variables; 2]) {
        let both = [
            ("request", &headers.request, request),
            ("response", &headers.response, response),
        ];
        for (of, names, variables) in both {
            if let Some(names) = names {
                let path = format!("{path}.{of}");
                self.control(&path, &or_none(names.to_string()), variables);
            }
        }
    }
}

fn peer(rule: &PeerService) -> String {
    let PeerService {
        host,
        port,
        path,
        name,
    } = rule;
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    let path = path.as_deref().unwrap_or_default();
    if host.contains(':') {
        format!("[{host}]{port}{path}={name}")
    } else {
        format!("{host}{port}{path}={name}")
    }
}

fn or_none(list: String) -> String {
    if list.is_empty() {
        "none".to_owned()
    } else {
        list
    }
}
