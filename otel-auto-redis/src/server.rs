//! Where a connection leads to.

use std::sync::Arc;

use otel_auto_core::db::DbRequest;
#[cfg(feature = "redis-1")]
use redis::{ConnectionInfo, IntoConnectionInfo};
#[cfg(not(feature = "redis-1"))]
use redis_032::{ConnectionInfo, IntoConnectionInfo};

/// The server of a connection, as the program names it: from a client, its settings, or a host and a port.
///
/// Cheap to clone: make it once where connections are many.
///
/// ```
/// use otel_auto_redis::Server;
///
/// let server = Server::from(("cache.example", 6379));
/// assert_eq!(Server::from_url("redis://:secret@cache.example/2"), server);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server(pub(crate) Place);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Tcp(Arc<str>, u16),
    Unix(Arc<str>),
    Unknown,
}

impl Server {
    /// The server of a URL, such as one that a pool is made from. Of a URL that is none, nothing is known.
    #[must_use]
    pub fn from_url(url: &str) -> Self {
        url.into_connection_info()
            .map_or(Self::UNKNOWN, |info: ConnectionInfo| (&info).into())
    }

    /// The request, as one that goes there.
    pub(crate) fn of<'a>(&'a self, request: DbRequest<'a>) -> DbRequest<'a> {
        match &self.0 {
            Place::Tcp(host, port) => request.server(host, *port),
            Place::Unix(path) => request.socket(path),
            Place::Unknown => request,
        }
    }

    pub(crate) const UNKNOWN: Self = Self(Place::Unknown);
}

impl From<(&str, u16)> for Server {
    fn from((host, port): (&str, u16)) -> Self {
        Self(Place::Tcp(host.into(), port))
    }
}
