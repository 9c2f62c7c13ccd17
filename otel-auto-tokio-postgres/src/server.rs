//! Where a client leads to.

use std::sync::Arc;

use tokio_postgres::{Config, config::Host};

/// The server of a client and its database, as the program names them: from a configuration, or by hand.
///
/// Cheap to clone. Of several hosts it is the first: which of them answered cannot be known.
///
/// ```
/// use otel_auto_tokio_postgres::Server;
///
/// let config: tokio_postgres::Config = "postgres://app:secret@db.example/shop".parse().unwrap();
/// assert_eq!(Server::from(&config), Server::new("db.example", 5432).database("shop"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub(crate) address: Option<Address>,
    pub(crate) database: Option<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(Arc<str>, u16),
    /// By the folder that the socket is in.
    Socket(Arc<str>),
}

impl Server {
    /// A server by its host and port.
    pub fn new(host: impl Into<Arc<str>>, port: u16) -> Self {
        Self {
            address: Some(Address::Tcp(host.into(), port)),
            database: None,
        }
    }

    /// With the name of the database.
    #[must_use]
    pub fn database(self, name: impl Into<Arc<str>>) -> Self {
        Self {
            database: Some(name.into()),
            ..self
        }
    }
}

#[cfg(feature = "deadpool")]
impl Server {
    pub(crate) fn pool_name(&self) -> String {
        let server = self.address.as_ref().map(|address| match address {
            Address::Tcp(host, port) => (&**host, Some(*port)),
            Address::Socket(path) => (&**path, None),
        });
        otel_auto_core::db::Pool::name_of(server, self.database.as_deref())
    }
}

impl From<&Config> for Server {
    fn from(config: &Config) -> Self {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let address = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => Some(Address::Tcp(host.as_str().into(), port)),
            #[cfg(unix)]
            Some(Host::Unix(path)) => Some(Address::Socket(path.to_string_lossy().into())),
            None => config
                .get_hostaddrs()
                .first()
                .map(|address| Address::Tcp(address.to_string().into(), port)),
        };
        // The server takes the user's name where no database is named.
        let database = config.get_dbname().or_else(|| config.get_user());
        Self {
            address,
            database: database.map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_configuration_tells_host_port_and_database_and_nothing_secret() {
        let config: Config = "postgres://app:secret@db.example:6543,other/shop"
            .parse()
            .unwrap();
        let server = Server::from(&config);
        assert_eq!(server, Server::new("db.example", 6543).database("shop"));
        assert!(!format!("{server:?}").contains("secret"));
        let config: Config = "host=/run/postgresql user=app".parse().unwrap();
        let server = Server::from(&config);
        assert_eq!(
            server.address,
            Some(Address::Socket("/run/postgresql".into()))
        );
        assert_eq!(server.database.as_deref(), Some("app"));
        assert_eq!(Server::from(&Config::new()).address, None);
    }
}
