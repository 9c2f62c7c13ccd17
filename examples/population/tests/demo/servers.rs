//! The demo with a real Redis, memcached and MariaDB: `scripts/services run -- cargo test -p population`.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::{finish, miss, population, roots, tree};
use otel_auto_testing::receiver::{Receiver, Span};

#[test]
fn a_miss_is_the_same_trace_with_real_servers() {
    if std::env::var_os("OTEL_AUTO_TEST_NO_SERVICES").is_some() {
        return;
    }
    let url = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: use scripts/services"))
    };
    // Others use these servers, too.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let prefix = format!("population-{}-{}", std::process::id(), now.as_nanos());
    let receiver = Receiver::start();
    let (stdout, _) = finish(
        population()
            .env("REDIS_URL", url("REDIS_URL"))
            .env("MEMCACHED_URL", url("MEMCACHED_URL"))
            .env("DATABASE_URL", url("MYSQL_URL"))
            .env("CACHE_PREFIX", prefix)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()),
    );
    assert!(
        stdout.contains("{\"prefecture\":\"Tokyo\",\"population\":14047594}"),
        "{stdout}"
    );
    let spans = receiver.spans();
    let roots = roots(&spans);
    assert_eq!(roots.len(), 4);
    assert_eq!(tree(&spans, roots[0]), miss("mysql"));
    assert_eq!(
        tree(&spans, roots[1]),
        "FRONT_SERVICE server GET /prefectures/{name}\n  FRONT_SERVICE client GET redis\n"
    );
    for (system, variable, namespace) in [
        ("redis", "REDIS_URL", Some("0")),
        ("memcached", "MEMCACHED_URL", None),
        ("mysql", "MYSQL_URL", Some("population")),
    ] {
        let (host, port) = server_of(&url(variable));
        let is_of = |span: &&Span| span.attribute("db.system.name").as_deref() == Some(system);
        let calls: Vec<_> = spans.iter().filter(is_of).collect();
        assert!(!calls.is_empty(), "{system}");
        for call in calls {
            let told = ["server.address", "server.port", "db.namespace"];
            let told = told.map(|key| call.attribute(key));
            let expected = [
                Some(host.clone()),
                port.clone(),
                namespace.map(str::to_owned),
            ];
            assert_eq!(told, expected, "{}", call.name);
        }
    }
}

/// Host and port of a URL; a usual port goes without saying.
fn server_of(url: &str) -> (String, Option<String>) {
    let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
    let server = authority.split('@').next_back().unwrap();
    let (host, port) = server.split_once(':').unwrap();
    let is_usual = ["6379", "11211", "3306"].contains(&port);
    (host.to_owned(), (!is_usual).then(|| port.to_owned()))
}
