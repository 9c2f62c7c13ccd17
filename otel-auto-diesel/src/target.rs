//! Where a connection leads to.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

/// What a connection's URL tells, but for user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) system: &'static str,
    /// Host and port; a socket has none.
    pub(crate) server: Option<(Arc<str>, Option<u16>)>,
    pub(crate) namespace: Option<Arc<str>>,
}

pub(crate) const UNKNOWN: Target = Target {
    system: "other_sql",
    server: None,
    namespace: None,
};

const POSTGRESQL: u16 = 5432;
const MYSQL: u16 = 3306;

impl Target {
    /// Reads a URL, `key=value` words as libpq takes them, or the path of a SQLite file.
    pub(crate) fn of(url: &str) -> Self {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => Self::of_url("postgresql", POSTGRESQL, url),
            Some("mysql") => Self::of_url("mysql", MYSQL, url),
            _ if is_words(url) => Self::of_words(url),
            _ => Self {
                system: "sqlite",
                // Its parameters may hold a key.
                namespace: url.split('?').next().map(Into::into),
                ..UNKNOWN
            },
        }
    }

    fn of_url(system: &'static str, default_port: u16, url: &str) -> Self {
        let found = Self { system, ..UNKNOWN };
        let Ok(url) = Url::parse(url) else {
            return found;
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Arc::from);
        let port = url.port().unwrap_or(default_port);
        let host = url.host_str().filter(|host| !host.is_empty());
        let database = url.path().strip_prefix('/').filter(|path| !path.is_empty());
        Self {
            server: host.and_then(decoded).map(|host| place(host, port)),
            namespace: database.and_then(decoded),
            ..found
        }
    }

    fn of_words(words: &str) -> Self {
        let value = |key| {
            let mut pairs = words
                .split_whitespace()
                .filter_map(|word| word.split_once('='));
            pairs.find_map(|(name, value)| (name == key).then(|| value.trim_matches('\'')))
        };
        let host = value("host").or_else(|| value("hostaddr"));
        let port = value("port").and_then(|port| port.parse().ok());
        Self {
            system: "postgresql",
            server: host.map(|host| place(host.into(), port.unwrap_or(POSTGRESQL))),
            namespace: value("dbname").map(Into::into),
        }
    }
}

/// A host, or the folder of a socket.
fn place(host: Arc<str>, port: u16) -> (Arc<str>, Option<u16>) {
    let port = (!host.starts_with('/')).then_some(port);
    (host, port)
}

fn is_words(url: &str) -> bool {
    let known = ["host=", "hostaddr=", "dbname=", "user=", "service="];
    url.split_whitespace()
        .any(|word| known.iter().any(|known| word.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let target = Target::of(url);
        assert!(!format!("{target:?}").contains("secret"), "{target:?}");
        let server = target.server.map(|(host, port)| match port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        });
        format!(
            "{} {} {}",
            target.system,
            server.as_deref().unwrap_or("-"),
            target.namespace.as_deref().unwrap_or("-")
        )
    }

    #[test]
    fn urls_tell_system_server_and_database_and_nothing_secret() {
        for (url, expected) in [
            (
                "postgres://ann:secret@db.example/shop",
                "postgresql db.example:5432 shop",
            ),
            (
                "postgresql://db:6543/a%20b?sslpassword=secret",
                "postgresql db:6543 a b",
            ),
            (
                "postgres://%2Frun%2Fpostgresql/shop",
                "postgresql /run/postgresql shop",
            ),
            ("postgres:///shop", "postgresql - shop"),
            (
                "mysql://ann:secret@127.0.0.1:3307/shop",
                "mysql 127.0.0.1:3307 shop",
            ),
            ("mysql://ann:secret@[::1]/shop", "mysql [::1]:3306 shop"),
            (
                "host=db port=6543 user=ann password=secret dbname='shop'",
                "postgresql db:6543 shop",
            ),
            ("user=ann password='a secret'", "postgresql - -"),
            (":memory:", "sqlite - :memory:"),
            ("data/shop.db", "sqlite - data/shop.db"),
            ("file:shop.db?key=secret", "sqlite - file:shop.db"),
            ("postgres://ann:secret@[oops/", "postgresql - -"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }
}
