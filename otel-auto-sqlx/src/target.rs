//! Where queries go: what a pool, or a URL, tells of its database. Never who goes there.

use otel_auto_core::db::DbRequest;
#[cfg(any(feature = "_pool", test))]
use otel_auto_core::db::Pool;

/// A database, as the conventions call it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "_pool"), allow(unreachable_pub))]
pub struct Target {
    pub(crate) system: &'static str,
    pub(crate) server: Option<Server>,
    pub(crate) namespace: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Server {
    Host(String, u16),
    #[allow(dead_code, reason = "SQLite has no server")]
    Socket(String),
}

impl Target {
    /// A database of this system, with nothing more known.
    pub(crate) const fn new(system: &'static str) -> Self {
        Self {
            system,
            server: None,
            namespace: None,
        }
    }

    /// A call to it.
    pub(crate) fn request(&self) -> DbRequest<'_> {
        let mut request = DbRequest::new(self.system);
        match &self.server {
            Some(Server::Host(host, port)) => request = request.server(host, *port),
            Some(Server::Socket(path)) => request = request.socket(path),
            None => {}
        }
        if let Some(namespace) = &self.namespace {
            request = request.namespace(namespace);
        }
        request
    }

    /// What a pool is called that has no name of its own: `server.address:server.port/db.namespace`.
    #[cfg(any(feature = "_pool", test))]
    pub(crate) fn pool_name(&self) -> String {
        let server = self.server.as_ref().map(|server| match server {
            Server::Host(host, port) => (host.as_str(), Some(*port)),
            Server::Socket(path) => (path.as_str(), None),
        });
        Pool::name_of(server, self.namespace.as_deref())
    }

    /// What a connection URL tells, such as `DATABASE_URL`. What is escaped in it is left out.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (system, port) = match scheme {
            "postgres" | "postgresql" => ("postgresql", 5432),
            "mysql" => ("mysql", 3306),
            "mariadb" => ("mariadb", 3306),
            "sqlite" => {
                let file = rest.strip_prefix("//").unwrap_or(rest);
                let file = if file.is_empty() { ":memory:" } else { file };
                return Some(Self {
                    namespace: plain(file),
                    ..Self::new("sqlite")
                });
            }
            _ => return None,
        };
        let (authority, path) = rest
            .strip_prefix("//")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        // A colon within brackets belongs to the address.
        let (host, port) = match host.rsplit_once(':') {
            Some((host, given)) if !given.contains(']') => (host, given.parse().ok()?),
            _ => (host, port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Self {
            system,
            server: plain(host).map(|host| Server::Host(host, port)),
            namespace: plain(path),
        })
    }
}

fn plain(part: &str) -> Option<String> {
    (!part.is_empty() && !part.contains('%')).then(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_url(url: &str) -> Option<(&'static str, String)> {
        let target = Target::of_url(url)?;
        Some((target.system, target.pool_name()))
    }

    #[test]
    fn a_url_tells_system_server_and_namespace_and_nobodys_name() {
        for (url, system, name) in [
            (
                "postgres://user:p%40ss@db.example/shop?sslmode=off",
                "postgresql",
                "db.example:5432/shop",
            ),
            (
                "postgresql://user:p@ss@db:6432/shop",
                "postgresql",
                "db:6432/shop",
            ),
            ("postgres://u@%2Fvar%2Frun/shop", "postgresql", "shop"),
            ("mysql://u:p@[::1]:3307/shop", "mysql", "::1:3307/shop"),
            ("mysql://u:p@[::1]/shop", "mysql", "::1:3306/shop"),
            ("mariadb://db", "mariadb", "db:3306"),
            ("sqlite::memory:", "sqlite", ":memory:"),
            ("sqlite://", "sqlite", ":memory:"),
            ("sqlite://data/shop.db?mode=rwc", "sqlite", "data/shop.db"),
            ("sqlite:///data/shop.db", "sqlite", "/data/shop.db"),
        ] {
            assert_eq!(of_url(url), Some((system, name.to_owned())), "{url}");
        }
        for url in [
            "nothing",
            "redis://db",
            "postgres:db",
            "mysql://db:port/shop",
        ] {
            assert_eq!(of_url(url), None, "{url}");
        }
    }
}
