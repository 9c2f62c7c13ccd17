//! Which caches and which database the services use: the real ones that variables name, stand-ins for the others.

use crate::standin;

/// Variables for the services.
pub(super) struct Settings {
    redis: String,
    memcached: String,
    database: String,
    stand_ins: Vec<&'static str>,
}

impl Settings {
    pub(super) async fn new() -> anyhow::Result<Self> {
        let mut stand_ins = Vec::new();
        let redis = match given("REDIS_URL") {
            Some(url) => url,
            None => {
                stand_ins.push("a cache for Redis (REDIS_URL=redis://host:port)");
                standin::redis::start().await?
            }
        };
        let memcached = match given("MEMCACHED_URL") {
            Some(url) => url,
            None => {
                stand_ins.push("a cache for memcached (MEMCACHED_URL=memcached://host:port)");
                standin::memcached::start().await?
            }
        };
        let database = given("DATABASE_URL").unwrap_or_else(|| {
            stand_ins.push("SQLite for MySQL (DATABASE_URL=mysql://…)");
            "sqlite::memory:".to_owned()
        });
        Ok(Self {
            redis,
            memcached,
            database,
            stand_ins,
        })
    }

    pub(super) fn told(&self) -> String {
        if self.stand_ins.is_empty() {
            return "Uses the Redis, memcached and database of REDIS_URL, MEMCACHED_URL and DATABASE_URL.".to_owned();
        }
        format!(
            "Stand-ins: {}; set these to use real servers.",
            self.stand_ins.join(", ")
        )
    }

    pub(super) fn front(&self, api: &str) -> impl Iterator<Item = (String, String)> {
        let name = (!is_named()).then(|| pair("OTEL_SERVICE_NAME", "FRONT_SERVICE"));
        [
            pair("REDIS_URL", &self.redis),
            pair("POPULATION_API_URL", api),
        ]
        .into_iter()
        .chain(name)
    }

    pub(super) fn api(&self) -> impl Iterator<Item = (String, String)> {
        [
            pair("MEMCACHED_URL", &self.memcached),
            pair("DATABASE_URL", &self.database),
            pair("OTEL_SERVICE_NAME", "POPULATION_API"),
        ]
        .into_iter()
    }
}

/// Has the user named the (front) service?
fn is_named() -> bool {
    given("OTEL_SERVICE_NAME").is_some()
        || given("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|pairs| {
            pairs
                .split(',')
                .any(|pair| pair.trim_start().starts_with("service.name="))
        })
}

/// The value of a variable; an empty one is the same as none.
pub(super) fn given(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

pub(super) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
