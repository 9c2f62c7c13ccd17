//! What a database call is, in plain values.

use std::{borrow::Cow, net::SocketAddr};

/// A call to a database. Set what is known; what is not known is left out of the telemetry.
#[derive(Debug, Clone)]
#[must_use]
pub struct DbRequest<'a> {
    pub(super) system: &'static str,
    pub(super) namespace: Option<&'a str>,
    pub(super) operation: Option<Cow<'static, str>>,
    pub(super) collection: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) batch_size: Option<usize>,
    pub(super) server: Option<(&'a str, u16)>,
    pub(super) peer: Option<SocketAddr>,
    pub(super) default_port: Option<u16>,
}

impl<'a> DbRequest<'a> {
    /// A call to a system, by its name in the conventions: `postgresql`, `mysql`, `sqlite`, `redis`, `memcached`…
    pub const fn new(system: &'static str) -> Self {
        Self {
            system,
            namespace: None,
            operation: None,
            collection: None,
            query: None,
            text: None,
            batch_size: None,
            server: None,
            peer: None,
            default_port: None,
        }
    }

    /// The database within the server. For PostgreSQL `{database}|{schema}`, for Redis the index.
    pub const fn namespace(mut self, namespace: &'a str) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// The name of the operation, from a closed set: a command. Not for SQL: its text tells.
    pub fn operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// The collection or table, when the call names just one. Not for SQL: its text tells.
    pub const fn collection(mut self, collection: &'a str) -> Self {
        self.collection = Some(collection);
        self
    }

    /// The SQL. It is recorded without its literals, and summarised for the span's name.
    pub const fn query(mut self, sql: &'a str) -> Self {
        self.query = Some(sql);
        self
    }

    /// The text of a query that holds no values, in the system's own language.
    pub fn sanitized_text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The number of operations in a batch: 2 or more, or 0. One operation is not a batch.
    pub const fn batch_size(mut self, size: usize) -> Self {
        self.batch_size = Some(size);
        self
    }

    /// The server as the program names it.
    pub const fn server(mut self, host: &'a str, port: u16) -> Self {
        self.server = Some((host, port));
        self
    }

    /// The port that goes without saying.
    pub const fn default_port(mut self, port: u16) -> Self {
        self.default_port = Some(port);
        self
    }

    /// The other end of the connection.
    pub const fn peer(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }
}
