//! The wrapper, and the ways to make one.

use std::{fmt, sync::LazyLock};

use otel_auto_core::{Instrumenter, Operation, Providers, opentelemetry::Context};

use crate::{
    Server,
    commands::Commands,
    convention::{Call, Redis},
    server::Place,
};

/// One for all connections, so that a connection costs nothing to make: some programs make one for each request.
static INSTRUMENTER: LazyLock<Instrumenter<Redis>> =
    LazyLock::new(|| Instrumenter::new(Redis::new()));

/// A connection whose calls are recorded: see the [crate's documentation](crate).
///
/// It implements [`redis::aio::ConnectionLike`] if `C` does, and [`redis::ConnectionLike`] if `C` does.
#[derive(Clone)]
pub struct Connection<C> {
    pub(crate) inner: C,
    instrumenter: Instrumenter<Redis>,
    server: Server,
    keys: bool,
}

impl<C> Connection<C> {
    /// Records the calls on a connection, without saying where it leads to.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self {
            inner: connection,
            instrumenter: INSTRUMENTER.clone(),
            server: Server(Place::Unknown),
            keys: true,
        }
    }

    /// Says where it leads to: `&client`, or `("localhost", 6379)`.
    #[must_use]
    pub fn server(self, server: impl Into<Server>) -> Self {
        Self {
            server: server.into(),
            ..self
        }
    }

    /// Replaces keys, too, in `db.query.text`: for keys that hold what nobody should read, such as session tokens.
    #[must_use]
    pub fn hide_keys(self) -> Self {
        Self {
            keys: false,
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

    /// The connection itself.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The connection itself. Calls on it are not recorded.
    #[must_use]
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// Gives the connection back.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    pub(crate) fn start(&self, commands: Commands<'_>, database: i64) -> Operation<Redis> {
        let call = Call {
            commands,
            database,
            server: &self.server,
            keys: self.keys,
        };
        self.instrumenter.start(&Context::current(), &call)
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Makes a recorded connection of a connection.
pub trait Traced: Sized {
    /// Records the calls on this connection, which leads to this server: `&client`, or `("localhost", 6379)`.
    ///
    /// ```no_run
    /// use otel_auto_redis::Traced;
    /// use redis::Commands;
    ///
    /// # fn example() -> redis::RedisResult<()> {
    /// let client = redis::Client::open("redis://localhost/")?;
    /// let mut connection = client.get_connection()?.traced(&client);
    /// let visits: u64 = connection.incr("visits", 1)?;
    /// # let _ = visits;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn traced(self, server: impl Into<Server>) -> Connection<Self> {
        Connection::new(self).server(server)
    }
}

impl<C> Traced for C {}
