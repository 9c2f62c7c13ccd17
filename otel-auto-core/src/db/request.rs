//! What a database call is, in plain values.

use std::{borrow::Cow, net::SocketAddr};

use super::{DbParameters, parameters::Tell, system};

/// A call to a database. Set what is known; what is not known is left out of the telemetry.
///
/// ```
/// use otel_auto_core::db::DbRequest;
///
/// let request = DbRequest::new("postgresql")
///     .query("SELECT name FROM users WHERE id = $1")
///     .parameters(&|parameters| parameters.add(7))
///     .namespace("shop|public")
///     .server("db.example", 5432);
/// # let _ = request;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct DbRequest<'a> {
    pub(super) system: &'static str,
    pub(super) namespace: Option<&'a str>,
    pub(super) operation: Option<Cow<'static, str>>,
    pub(super) collection: Option<&'a str>,
    pub(super) stored_procedure: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) prepares: bool,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) parameters: Option<Tell<'a>>,
    pub(super) batch_size: Option<usize>,
    pub(super) transaction_control: bool,
    pub(super) server: Option<(&'a str, Option<u16>)>,
    pub(super) peer: Option<SocketAddr>,
    pub(super) default_port: Option<u16>,
}

impl<'a> DbRequest<'a> {
    /// A call to a system, by its name in the conventions: `postgresql`, `mysql`, `sqlite`, `redis`, `memcached`…
    pub fn new(system: &'static str) -> Self {
        Self {
            system,
            namespace: None,
            operation: None,
            collection: None,
            stored_procedure: None,
            query: None,
            prepares: false,
            text: None,
            parameters: None,
            batch_size: None,
            transaction_control: false,
            server: None,
            peer: None,
            default_port: system::default_port(system),
        }
    }

    /// The database within the server. For PostgreSQL `{database}|{schema}`, or the database alone if the schema is not
    /// known; for Redis the index.
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

    /// The stored procedure or script, when the call names just one. Not for SQL: `CALL` tells.
    pub const fn stored_procedure(mut self, name: &'a str) -> Self {
        self.stored_procedure = Some(name);
        self
    }

    /// The SQL. It is recorded without its literals, and summarised for the span's name.
    ///
    /// Of a batch, the one text that all operations share, or all texts joined by `; `.
    pub const fn query(mut self, sql: &'a str) -> Self {
        self.query = Some(sql);
        self
    }

    /// The SQL of a statement that is prepared, not run: the operation `PREPARE`. It is recorded without its literals.
    pub fn prepare(mut self, sql: &'a str) -> Self {
        self.prepares = true;
        self.query(sql).operation("PREPARE")
    }

    /// The text of a query that holds no values, in the system's own language.
    pub fn sanitized_text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Tells the values that are bound to the query. Asked only if the user wants them recorded, and never of a batch.
    pub const fn parameters(mut self, tell: &'a dyn Fn(&mut DbParameters<'_>)) -> Self {
        self.parameters = Some(Tell(tell));
        self
    }

    /// The number of operations in a batch: 2 or more, or 0. One operation is not a batch.
    pub const fn batch_size(mut self, size: usize) -> Self {
        self.batch_size = Some(size);
        self
    }

    /// The call is a BEGIN, COMMIT, ROLLBACK or SAVEPOINT that the driver's own API sends, not the program's text. Unless
    /// the user asks for them nothing is recorded.
    pub const fn transaction_control(mut self) -> Self {
        self.transaction_control = true;
        self
    }

    /// The server as the program names it. Its port is recorded unless it is the system's usual one.
    pub const fn server(mut self, host: &'a str, port: u16) -> Self {
        self.server = Some((host, Some(port)));
        self
    }

    /// The server's socket of the Unix domain, as the program names it.
    pub const fn socket(mut self, path: &'a str) -> Self {
        self.server = Some((path, None));
        self
    }

    /// The port that goes without saying, for a system whose usual port is not known here.
    pub const fn default_port(mut self, port: u16) -> Self {
        self.default_port = Some(port);
        self
    }

    /// The other end of the connection.
    pub const fn peer(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    pub(super) fn is_batch(&self) -> bool {
        self.batch_size.is_some_and(|size| size != 1)
    }
}
