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
            _ => file(url).map_or(UNKNOWN, |file| Self {
                system: "sqlite",
                namespace: Some(file.into()),
                ..UNKNOWN
            }),
        }
    }

    /// May several queries run on one connection?
    pub(crate) fn pipelines(&self) -> bool {
        !matches!(self.system, "mysql" | "sqlite")
    }

    fn of_url(system: &'static str, default_port: u16, url: &str) -> Self {
        let found = Self { system, ..UNKNOWN };
        let Ok(url) = Url::parse(url) else {
            return found;
        };
        // A password that holds a delimiter ends what is parsed too early: then every part may be a piece of it.
        let rest = [Some(url.path()), url.query(), url.fragment()];
        if rest.into_iter().flatten().any(|part| part.contains('@')) {
            return found;
        }
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().ok()?;
            is_plain(&text).then(|| Arc::from(text))
        };
        let port = url.port().unwrap_or(default_port);
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.and_then(decoded).or_else(|| {
            // Where libpq's sockets are named.
            let (_, host) = url.query_pairs().find(|(key, _)| key == "host")?;
            is_plain(&host).then(|| host.into())
        });
        let database = url.path().strip_prefix('/').filter(|path| !path.is_empty());
        Self {
            server: host.map(|host| place(&host, port)),
            namespace: database.and_then(decoded),
            ..found
        }
    }

    fn of_words(words: &str) -> Self {
        let value = |wanted| {
            let mut pairs = pairs(words);
            let (_, value) = pairs.find(|(key, _)| *key == wanted)?;
            is_plain(&value).then_some(value)
        };
        let host = value("host").or_else(|| value("hostaddr"));
        let port = value("port").and_then(|port| first(&port).parse().ok());
        Self {
            system: "postgresql",
            server: host.map(|host| place(&host, port.unwrap_or(POSTGRESQL))),
            namespace: value("dbname").map(Into::into),
        }
    }
}

/// A host, or the folder of a socket. Of several it is the first: which of them answered cannot be known.
fn place(host: &str, port: u16) -> (Arc<str>, Option<u16>) {
    let host = first(host).trim_start_matches('[').trim_end_matches(']');
    let port = (!host.starts_with('/')).then_some(port);
    (host.into(), port)
}

fn first(list: &str) -> &str {
    list.split(',').next().unwrap_or_default()
}

/// Is it a keyword that comes first?
fn is_words(url: &str) -> bool {
    let is_keyword = |key: &str| {
        key.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    url.split_once('=')
        .is_some_and(|(key, _)| is_keyword(key.trim()))
}

/// `key = value` words up to the first that is none: a value with spaces is in quotes, and a backslash stands before
/// what means nothing.
fn pairs(mut words: &str) -> impl Iterator<Item = (&str, String)> {
    std::iter::from_fn(move || {
        let (key, rest) = words.split_once('=')?;
        let key = key.trim();
        if key.contains(char::is_whitespace) {
            return None;
        }
        let rest = rest.trim_start();
        let (rest, quoted) = match rest.strip_prefix('\'') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let mut value = String::new();
        let mut characters = rest.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => value.extend(characters.next()),
                '\'' if quoted => break,
                space if space.is_whitespace() && !quoted => break,
                other => value.push(other),
            }
        }
        words = characters.as_str();
        Some((key, value))
    })
}

/// A name, and no credentials or settings: where a URL is mistyped, or `dbname` is one itself, these come instead.
fn is_plain(name: &str) -> bool {
    !name.contains(['@', '='])
}

/// The path of a SQLite file, without parameters, which may hold a key. What else it may be, a URL that is mistyped or
/// another library's words, may hold a password.
fn file(url: &str) -> Option<&str> {
    let path = url.split('?').next()?;
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    let is_file = scheme.is_none_or(|scheme| matches!(scheme, "file" | "sqlite"));
    (is_file && is_plain(path) && !url.contains('@')).then_some(path)
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
            (
                "host=db port=6543 user=ann password=secret dbname='shop'",
                "postgresql db:6543 shop",
            ),
            ("user=ann password='a secret'", "postgresql - -"),
            (":memory:", "sqlite - :memory:"),
            ("data/shop.db", "sqlite - data/shop.db"),
            ("file:shop.db?key=secret", "sqlite - file:shop.db"),
            ("postgres://ann:secret@[oops/", "postgresql - -"),
            ("mysql://ann:secret@one:1,two:2/shop", "mysql - -"),
            ("postgres://one,two/shop", "postgresql one:5432 shop"),
            (
                "host=one,two port=6543,6544 dbname=shop",
                "postgresql one:6543 shop",
            ),
            (
                "host = db password = 'a \\' host=secret' dbname = 'my shop'",
                "postgresql db:5432 my shop",
            ),
            (
                "password='host=secret dbname=secret' port=1",
                "postgresql - -",
            ),
            ("port=1 password=secret", "postgresql - -"),
            ("host=db password", "postgresql db:5432 -"),
            (" postgres://ann:secret@db/shop", "other_sql - -"),
            ("POSTGRES://ann:secret@db/shop", "other_sql - -"),
            ("oracle://ann:secret@db/shop", "other_sql - -"),
            ("postgres//ann:secret@db/shop", "other_sql - -"),
            (
                "postgres:///shop?password=secret&host=/run/postgresql",
                "postgresql /run/postgresql shop",
            ),
            ("sqlite://shop.db", "sqlite - sqlite://shop.db"),
            ("file:///data/shop.db", "sqlite - file:///data/shop.db"),
            ("mysql://ann:secret@[::1]/shop", "mysql ::1:3306 shop"),
            ("HOST=db password=secret", "other_sql - -"),
            ("Server=db;User Id=ann;Password=secret", "other_sql - -"),
            ("host db password=secret", "other_sql - -"),
            ("postgres//ann:secret?12@db/shop", "other_sql - -"),
            ("postgres://ann:12/secret@db/shop", "postgresql - -"),
            ("postgres://ann:12?secret@db/shop", "postgresql - -"),
            ("postgres://ann:12#secret@db/shop", "postgresql - -"),
            ("postgres://ann:12@secret/34@db/shop", "postgresql - -"),
            ("postgres://ann%3Asecret%40db/shop", "postgresql - shop"),
            ("mysql://db/shop;password=secret", "mysql db:3306 -"),
            (
                "host=db dbname=postgres://ann:secret@db/shop",
                "postgresql db:5432 -",
            ),
            (
                "host=db dbname='user=ann password=secret'",
                "postgresql db:5432 -",
            ),
            ("host=ann:secret@db", "postgresql - -"),
            ("host=db;password=secret;dbname=shop", "postgresql - -"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }
}
