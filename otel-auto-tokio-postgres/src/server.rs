//! Where a client leads to.

use std::sync::Arc;

use tokio_postgres::{Config, config::Host};

pub(crate) const DEFAULT_PORT: u16 = 5432;

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
    pub(crate) address: Option<(Arc<str>, u16)>,
    pub(crate) database: Option<Arc<str>>,
}

impl Server {
    /// A server by its host and port; a socket by its path.
    pub fn new(host: impl Into<Arc<str>>, port: u16) -> Self {
        Self {
            address: Some((host.into(), port)),
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

impl From<&Config> for Server {
    fn from(config: &Config) -> Self {
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => Some(host.as_str().into()),
            #[cfg(unix)]
            Some(Host::Unix(path)) => Some(path.to_string_lossy().into()),
            None => config
                .get_hostaddrs()
                .first()
                .map(|address| address.to_string().into()),
        };
        let port = config.get_ports().first().copied();
        // The server takes the user's name where no database is named.
        let database = config.get_dbname().or_else(|| config.get_user());
        Self {
            address: host.map(|host| (host, port.unwrap_or(DEFAULT_PORT))),
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
        assert_eq!(server, Server::new("/run/postgresql", 5432).database("app"));
        assert_eq!(Server::from(&Config::new()).address, None);
    }
}
