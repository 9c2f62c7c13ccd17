//! One request, and what has to come of it.

use std::time::Duration;

use super::{
    ClientRequest, Features,
    server::{PAUSE, Server, To},
};
use crate::conformance::http::End;

/// What the tracing headers of a request are that another context left behind.
pub(super) const STALE: &str = "stale";

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) to: To,
    pub(super) method: &'static str,
    /// With the query and the fragment.
    pub(super) path: &'static str,
    pub(super) user_info: &'static str,
    pub(super) template: Option<&'static str>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: &'static str,
    pub(super) nested: bool,
    /// The caller loses interest.
    pub(super) cut: Option<Duration>,

    pub(super) end: End,
    /// The path as it is recorded.
    pub(super) recorded: &'static str,
    pub(super) at_least: Duration,
}

impl Case {
    fn new(name: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            name,
            to: To::Plain,
            method,
            path,
            user_info: "",
            template: None,
            headers: Vec::new(),
            body: "",
            nested: false,
            cut: None,
            end: End::Answered,
            recorded: path,
            at_least: Duration::ZERO,
        }
    }

    fn get(name: &'static str, path: &'static str) -> Self {
        Self::new(name, "GET", path)
    }

    fn failed(self) -> Self {
        let end = End::Failed;
        Self { end, ..self }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.to == To::Tls { "https" } else { "http" }
    }

    pub(super) fn host(&self) -> &'static str {
        if self.to == To::Ipv6 {
            "::1"
        } else {
            "127.0.0.1"
        }
    }

    pub(super) fn request(&self, server: &Server) -> ClientRequest {
        let (scheme, info, path) = (self.scheme(), self.user_info, self.path);
        ClientRequest {
            method: self.method,
            url: format!("{scheme}://{info}{}{path}", server.address),
            template: self.template,
            headers: self.headers.clone(),
            body: self.body,
            nested: self.nested,
        }
    }

    /// What `url.full` may be: a client may take the credentials out of the URL before anybody sees it.
    pub(super) fn urls(&self, server: &Server) -> Vec<String> {
        let (scheme, path) = (self.scheme(), self.recorded);
        let mut infos = vec![""];
        if !self.user_info.is_empty() {
            infos.push("REDACTED:REDACTED@");
        }
        infos
            .into_iter()
            .map(|info| format!("{scheme}://{info}{}{path}", server.address))
            .collect()
    }

    /// The feature that the case needs and the client has not.
    pub(super) fn lacking(&self, features: Features) -> Option<&'static str> {
        if self.template.is_some() && !features.templates {
            Some("template")
        } else if self.nested && !features.nested {
            Some("nesting")
        } else if self.to == To::Tls && !features.tls {
            Some("TLS")
        } else if !self.user_info.is_empty() && !features.credentials {
            Some("URL with credentials")
        } else if self.path.contains('#') && !features.fragments {
            Some("URL with a fragment")
        } else {
            None
        }
    }
}

pub(super) fn all() -> Vec<Case> {
    [requests(), responses(), failures(), secrets()].concat()
}

fn requests() -> Vec<Case> {
    let status = |name| Case::get(name, "/status/200");
    vec![
        Case::get("a query", "/status/200?page=2"),
        Case::get("a fragment", "/status/200?page=2#part"),
        Case {
            body: "some bytes",
            ..Case::new("a POST with a body", "POST", "/status/201")
        },
        Case::new("a HEAD", "HEAD", "/status/200"),
        Case::new("an unknown method", "FOO", "/status/200"),
        Case {
            template: Some("/status/{code}"),
            ..status("a template")
        },
        Case {
            to: To::Ipv6,
            ..status("an IPv6 address")
        },
        Case {
            headers: vec![
                (
                    "traceparent",
                    "00-11111111111111111111111111111111-2222222222222222-01",
                ),
                ("tracestate", "stale=1"),
            ],
            ..status("headers of another context")
        },
        Case {
            nested: true,
            ..status("two layers")
        },
    ]
}

fn responses() -> Vec<Case> {
    let slow = |name, path| Case {
        at_least: PAUSE,
        ..Case::get(name, path)
    };
    vec![
        Case::get("a 204", "/status/204"),
        Case::get("a 304", "/status/304"),
        Case::get("a 404", "/status/404"),
        Case::get("a 429", "/status/429"),
        Case::get("a 503", "/status/503"),
        Case::get("a redirect", "/redirect"),
        Case::get("a redirect without an end", "/loop"),
        slow("a response that takes its time", "/slow"),
        Case::get("a body that takes its time", "/slow-body"),
    ]
}

fn failures() -> Vec<Case> {
    let path = "/status/200";
    vec![
        Case {
            // A client may first have to be built.
            cut: Some(PAUSE * 3),
            end: End::Cancelled,
            at_least: PAUSE,
            ..Case::get("a caller that loses interest", "/hang")
        },
        Case {
            to: To::Refused,
            ..Case::get("a port that nobody listens on", path).failed()
        },
        Case {
            to: To::Tls,
            ..Case::get("a server that speaks no TLS", path).failed()
        },
        Case::get("a connection that is reset", "/reset").failed(),
        Case::get("an answer that is no HTTP", "/garbage").failed(),
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        Case {
            recorded: "/status/200?page=2&sig=REDACTED",
            ..Case::get("a signed URL", "/status/200?page=2&sig=hush")
        },
        Case {
            recorded: "/status/200?X-Amz-Signature=REDACTED&X-Goog-Signature=REDACTED",
            ..Case::get(
                "a URL signed for a cloud",
                "/status/200?X-Amz-Signature=hush&X-Goog-Signature=hush",
            )
        },
        Case {
            user_info: "user:hush@",
            ..Case::get("credentials in the URL", "/status/200")
        },
        Case {
            headers: vec![("authorization", "Bearer hush"), ("cookie", "session=hush")],
            ..Case::get("credentials in headers", "/status/200")
        },
        Case {
            to: To::Refused,
            recorded: "/status/200?sig=REDACTED",
            ..Case::get(
                "a signed URL that cannot be reached",
                "/status/200?sig=hush",
            )
            .failed()
        },
    ]
}
