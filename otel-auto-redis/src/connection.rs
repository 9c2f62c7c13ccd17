//! The wrapper, and the ways to make one.

use std::fmt;

use otel_auto_core::{Operation, Providers};

use crate::{Server, commands::Commands, convention::Redis, recorder::Recorder};

/// A connection whose calls are recorded: see the [crate's documentation](crate).
///
/// It implements `redis::aio::ConnectionLike` if `C` does, and `redis::ConnectionLike` if `C` does, those of redis 1.x
/// and of 0.32.
#[derive(Clone)]
pub struct Connection<C> {
    pub(crate) inner: C,
    pub(crate) recorder: Recorder,
}

impl<C> Connection<C> {
    /// Records the calls on a connection, without saying where it leads to.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self {
            inner: connection,
            recorder: Recorder::new(Server::UNKNOWN),
        }
    }

    /// Says where it leads to: `&client`, or `("localhost", 6379)`.
    #[must_use]
    pub fn server(mut self, server: impl Into<Server>) -> Self {
        self.recorder.server = server.into();
        self
    }

    /// Replaces keys, too, in `db.query.text`: for keys that hold what nobody should read, such as session tokens.
    #[must_use]
    pub fn hide_keys(mut self) -> Self {
        self.recorder.keys = false;
        self
    }

    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            recorder: self.recorder.providers(providers),
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

    pub(crate) fn start(&self, commands: &dyn Commands, database: i64) -> Operation<Redis> {
        self.recorder.start(commands, database)
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.recorder.server)
            .finish_non_exhaustive()
    }
}

/// Makes a recorded connection of a connection.
///
/// `Kind` is inferred: it tells asynchronous connections from blocking ones, and one version of redis from the other.
pub trait Traced<Kind>: Sized {
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
