//! Where a client leads to.

/// Memcached's port.
const DEFAULT_PORT: u16 = 11211;

/// A host and a port, or the path of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Server {
    Tcp(String, u16),
    Unix(String),
}

impl Server {
    /// Reads what `async_memcached::Client::new` takes, and of what it refuses at most the host.
    pub(crate) fn parse(dsn: &str) -> Option<Self> {
        if let Some(path) = dsn.strip_prefix("unix://") {
            return Some(Self::Unix(path.to_owned()));
        }
        let authority = dsn.strip_prefix("tcp://").unwrap_or(dsn);
        let authority = authority.split(['/', '?', '#']).next()?;
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_user, authority)| authority);
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of an IPv6 address without a port is inside of its brackets.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, DEFAULT_PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty()).then(|| Self::Tcp(host.to_owned(), port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_source_names_are_read_as_the_client_reads_them() {
        for (dsn, server) in [
            (
                "tcp://cache.example:11212",
                Some(Server::Tcp("cache.example".to_owned(), 11212)),
            ),
            (
                "tcp://cache.example",
                Some(Server::Tcp("cache.example".to_owned(), 11211)),
            ),
            (
                "tcp://cache.example:7/",
                Some(Server::Tcp("cache.example".to_owned(), 7)),
            ),
            (
                "localhost:11211",
                Some(Server::Tcp("localhost".to_owned(), 11211)),
            ),
            ("tcp://[::1]:5", Some(Server::Tcp("::1".to_owned(), 5))),
            ("tcp://[::1]", Some(Server::Tcp("::1".to_owned(), 11211))),
            (
                "tcp://user:secret@cache.example:5",
                Some(Server::Tcp("cache.example".to_owned(), 5)),
            ),
            (
                "unix:///run/memcached.sock",
                Some(Server::Unix("/run/memcached.sock".to_owned())),
            ),
            ("tcp://", None),
            ("cache.example:port", None),
        ] {
            assert_eq!(Server::parse(dsn), server, "{dsn}");
        }
    }
}
