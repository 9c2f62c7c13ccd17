//! One request, and what has to come of it.

use std::time::Duration;

use super::{Features, SLOW};
use crate::conformance::http::End;

/// How the request is sent, and how far the client goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drive {
    /// The answer is read to its end.
    Exchange,
    /// The client goes away after this time, while the handler waits.
    CutBeforeHead(Duration),
    /// The client goes away after the first chunk of the body.
    CutInBody,
    /// The connection stays open after the head of the response.
    Upgrade,
    /// As many requests at once, each on a connection of its own.
    Together(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http10,
    Http11,
    Http2,
}

/// What the parent has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// None: a trace of its own.
    Root,
    /// [`PARENT`](super::cases::PARENT).
    Remote,
    /// None, as there are two candidates.
    Ambiguous,
}

/// One request, and what has to come of it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) drive: Drive,
    pub(super) protocol: Protocol,
    pub(super) method: &'static str,
    pub(super) target: &'static str,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) host: Option<&'static str>,
    pub(super) body: &'static str,

    pub(super) end: End,
    pub(super) route: Option<&'static str>,
    pub(super) query: Option<&'static str>,
    pub(super) scheme: &'static str,
    pub(super) server: Option<(&'static str, Option<u16>)>,
    pub(super) client: Option<&'static str>,
    pub(super) parent: Parent,
    pub(super) at_least: Duration,
    pub(super) below: Duration,
}

impl Case {
    /// A request that is answered: everything that follows from its line is filled in.
    pub(super) fn new(name: &'static str, method: &'static str, target: &'static str) -> Self {
        Self {
            name,
            drive: Drive::Exchange,
            protocol: Protocol::Http11,
            method,
            target,
            headers: Vec::new(),
            host: Some("example.com:8080"),
            body: "",
            end: End::Answered,
            route: None,
            query: target.split_once('?').map(|(_, query)| query),
            scheme: "http",
            server: Some(("example.com", Some(8080))),
            client: None,
            parent: Parent::Root,
            at_least: Duration::ZERO,
            below: SLOW * 4,
        }
    }

    pub(super) fn get(name: &'static str, target: &'static str) -> Self {
        Self::new(name, "GET", target)
    }

    pub(super) fn drive(self, drive: Drive) -> Self {
        Self { drive, ..self }
    }

    pub(super) fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The header `Host`, and what `server.*` has to be.
    pub(super) fn host(
        self,
        host: Option<&'static str>,
        server: Option<(&'static str, Option<u16>)>,
    ) -> Self {
        Self {
            host,
            server,
            ..self
        }
    }

    pub(super) fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    pub(super) fn end(self, end: End) -> Self {
        Self { end, ..self }
    }

    pub(super) fn route(self, route: &'static str) -> Self {
        Self {
            route: Some(route),
            ..self
        }
    }

    /// What `url.query` has to be, if it is not what was sent.
    pub(super) fn query(self, query: Option<&'static str>) -> Self {
        Self { query, ..self }
    }

    /// What proxies' headers tell.
    pub(super) fn forwarded(
        self,
        scheme: &'static str,
        client: Option<&'static str>,
        server: Option<(&'static str, Option<u16>)>,
    ) -> Self {
        Self {
            scheme,
            client,
            server,
            ..self
        }
    }

    pub(super) fn parent(self, parent: Parent) -> Self {
        Self { parent, ..self }
    }

    pub(super) fn lasts(self, at_least: Duration, below: Duration) -> Self {
        Self {
            at_least,
            below,
            ..self
        }
    }

    /// The target of a `CONNECT` is an authority alone: it has no path, though the conventions require `url.path`.
    pub(super) fn has_path(&self) -> bool {
        self.method != "CONNECT"
    }

    pub(super) fn path(&self) -> &'static str {
        let target = self.target.split(['?', '#']).next().unwrap_or_default();
        match target.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => target,
        }
    }

    pub(super) fn version(&self) -> &'static str {
        match self.protocol {
            Protocol::Http10 => "1.0",
            Protocol::Http11 => "1.1",
            Protocol::Http2 => "2",
        }
    }

    /// How many requests are sent.
    pub(super) fn count(&self) -> usize {
        match self.drive {
            Drive::Together(count) => count,
            _ => 1,
        }
    }

    /// The feature that the case needs and the server has not.
    pub(super) fn lacking(&self, features: Features) -> Option<&'static str> {
        if self.protocol == Protocol::Http2 && !features.http2 {
            Some("HTTP/2")
        } else if self.drive == Drive::Upgrade && !features.websocket {
            Some("WebSocket")
        } else {
            None
        }
    }
}
