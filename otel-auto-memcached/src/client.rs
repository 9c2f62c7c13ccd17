//! The wrapper.

use std::{fmt, sync::LazyLock, time::Instant};

use async_memcached::{Error, MetadumpIter};
use fxhash::FxHashMap;
use otel_auto_core::{
    Instrumenter, Operation, Providers,
    db::{self, DbClient, DbRequest},
    opentelemetry::Context,
};

use crate::{dsn::Server, error};

/// The name of the system in the conventions.
const SYSTEM: &str = "memcached";

/// One for all clients, so that a client costs nothing to make.
static INSTRUMENTER: LazyLock<Instrumenter<DbClient>> = LazyLock::new(|| {
    Instrumenter::new(DbClient::new(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        "memcached",
    ))
});

/// A client whose calls are recorded: see the [crate's documentation](crate).
pub struct Client {
    pub(crate) inner: async_memcached::Client,
    instrumenter: Instrumenter<DbClient>,
    server: Option<Server>,
}

impl Client {
    /// Connects to `tcp://host:port`, `host:port` or `unix://path`, as [`async_memcached::Client::new`] does.
    ///
    /// # Errors
    ///
    /// Those of [`async_memcached::Client::new`]. Inside of another span, such an error makes a span.
    pub async fn new<S: AsRef<str>>(dsn: S) -> Result<Self, Error> {
        let server = Server::parse(dsn.as_ref());
        let started = Instant::now();
        match async_memcached::Client::new(dsn.as_ref()).await {
            Ok(inner) => Ok(Self {
                server,
                ..Self::from(inner)
            }),
            Err(error) => {
                if let Some(failure) = error::failure(&error) {
                    let request = to(server.as_ref(), DbRequest::new(SYSTEM));
                    db::not_connected(&INSTRUMENTER, started.elapsed(), request, failure);
                }
                Err(error)
            }
        }
    }

    /// Says where the client leads to, if it was made `from` another one.
    #[must_use]
    pub fn server(self, host: impl Into<String>, port: u16) -> Self {
        Self {
            server: Some(Server::Tcp(host.into(), port)),
            ..self
        }
    }

    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
            ..self
        }
    }

    /// The client itself.
    #[must_use]
    pub fn inner(&self) -> &async_memcached::Client {
        &self.inner
    }

    /// The client itself. Calls on it are not recorded.
    #[must_use]
    pub fn inner_mut(&mut self) -> &mut async_memcached::Client {
        &mut self.inner
    }

    /// Gives the client back.
    #[must_use]
    pub fn into_inner(self) -> async_memcached::Client {
        self.inner
    }

    /// Is the connection closed? See [`async_memcached::Client::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// The server's version. See [`async_memcached::Client::version`].
    ///
    /// # Errors
    ///
    /// Those of the client.
    pub async fn version(&mut self) -> Result<String, Error> {
        self.start("version")
            .future(self.inner.version(), error::end)
            .await
    }

    /// The server's statistics. See [`async_memcached::Client::stats`].
    ///
    /// # Errors
    ///
    /// Those of the client.
    pub async fn stats(&mut self) -> Result<FxHashMap<String, String>, Error> {
        self.start("stats")
            .future(self.inner.stats(), error::end)
            .await
    }

    /// Invalidates everything. See [`async_memcached::Client::flush_all`].
    ///
    /// # Errors
    ///
    /// Those of the client.
    pub async fn flush_all(&mut self) -> Result<(), Error> {
        self.start("flush_all")
            .future(self.inner.flush_all(), error::end)
            .await
    }

    /// Starts a dump of all keys. See [`async_memcached::Client::dump_keys`]. The span ends when this returns, before
    /// the first key is read.
    ///
    /// # Errors
    ///
    /// Those of the client.
    pub async fn dump_keys(&mut self) -> Result<MetadumpIter<'_>, Error> {
        self.start("lru_crawler metadump")
            .future(self.inner.dump_keys(), error::end)
            .await
    }

    pub(crate) fn start(&self, operation: &'static str) -> Operation<DbClient> {
        self.start_request(DbRequest::new(SYSTEM).operation(operation))
    }

    /// Starts several commands in one go, called `many`. One is no batch, and called `one`.
    pub(crate) fn start_batch(
        &self,
        one: &'static str,
        many: &'static str,
        size: usize,
    ) -> Operation<DbClient> {
        let operation = if size == 1 { one } else { many };
        self.start_request(DbRequest::new(SYSTEM).operation(operation).batch_size(size))
    }

    fn start_request(&self, request: DbRequest<'_>) -> Operation<DbClient> {
        let request = to(self.server.as_ref(), request);
        self.instrumenter.start(&Context::current(), &request)
    }
}

fn to<'a>(server: Option<&'a Server>, request: DbRequest<'a>) -> DbRequest<'a> {
    match server {
        Some(Server::Tcp(host, port)) => request.server(host, *port),
        Some(Server::Unix(path)) => request.socket(path),
        None => request,
    }
}

impl From<async_memcached::Client> for Client {
    fn from(inner: async_memcached::Client) -> Self {
        Self {
            inner,
            instrumenter: INSTRUMENTER.clone(),
            server: None,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
