//! Where a connection leads to.

use std::sync::Arc;

use redis::{ConnectionAddr, ConnectionInfo};

/// The server of a connection, as the program names it: from a client, its settings, or a host and a port.
///
/// Cheap to clone: make it once where connections are many, as with those of a pool.
///
/// ```
/// use otel_auto_redis::Server;
///
/// let client = redis::Client::open("redis://:secret@cache.example/2").unwrap();
/// assert_eq!(Server::from(&client), Server::from(("cache.example", 6379)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server(pub(crate) Place);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Tcp(Arc<str>, u16),
    Unix(Arc<str>),
    Unknown,
}

impl From<(&str, u16)> for Server {
    fn from((host, port): (&str, u16)) -> Self {
        Self(Place::Tcp(host.into(), port))
    }
}

impl From<&ConnectionAddr> for Server {
    fn from(address: &ConnectionAddr) -> Self {
        Self(match address {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Place::Tcp(host.as_str().into(), *port)
            }
            ConnectionAddr::Unix(path) => Place::Unix(path.to_string_lossy().into()),
            _ => Place::Unknown,
        })
    }
}

impl From<&ConnectionInfo> for Server {
    fn from(info: &ConnectionInfo) -> Self {
        info.addr().into()
    }
}

impl From<&redis::Client> for Server {
    fn from(client: &redis::Client) -> Self {
        client.get_connection_info().into()
    }
}
