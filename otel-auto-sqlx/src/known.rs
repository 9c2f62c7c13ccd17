//! Which database an event belongs to, as events do not say it.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use crate::target::Target;

static POOLS: Mutex<Vec<Weak<Target>>> = Mutex::new(Vec::new());

/// Read when the first event comes: programs fill in their environment before they connect.
static BY_URL: LazyLock<Option<Arc<Target>>> = LazyLock::new(|| {
    let url = std::env::var("DATABASE_URL").ok()?;
    Target::of_url(&url).map(Arc::new)
});

static NAMED: [(&str, LazyLock<Arc<Target>>); 5] = [
    ("postgresql", LazyLock::new(|| named("postgresql"))),
    ("mysql", LazyLock::new(|| named("mysql"))),
    ("mariadb", LazyLock::new(|| named("mariadb"))),
    ("sqlite", LazyLock::new(|| named("sqlite"))),
    ("other_sql", LazyLock::new(|| named("other_sql"))),
];

fn named(system: &'static str) -> Arc<Target> {
    Arc::new(Target::new(system))
}

/// A pool that lives as long as its target does.
#[cfg_attr(not(feature = "_pool"), allow(dead_code))]
pub(crate) fn add(target: &Arc<Target>) {
    let mut pools = pools();
    pools.retain(|pool| pool.strong_count() > 0);
    pools.push(Arc::downgrade(target));
}

/// Where this SQL was sent to. `system` is what the program says that all queries go to, `driver` the one that ran it.
pub(crate) fn target(
    system: Option<&'static str>,
    driver: Option<&'static str>,
    sql: &str,
) -> Arc<Target> {
    find(system, driver, sql, BY_URL.as_ref())
}

fn find(
    system: Option<&'static str>,
    driver: Option<&'static str>,
    sql: &str,
    by_url: Option<&Arc<Target>>,
) -> Arc<Target> {
    let wanted = system.or(driver).or_else(of_thread);
    let fits = |target: &Target| match wanted {
        // The driver of MySQL cannot tell which of the two it talks to; the program can.
        Some(system) => family(system) == family(target.system),
        None => match family(target.system) {
            "sqlite" => false,
            "mysql" => !has_numbers(sql),
            _ => true,
        },
    };
    let known = match among_pools(fits) {
        Among::None => by_url.filter(|target| fits(target)).cloned(),
        Among::One(target) => Some(target),
        Among::Many(system) => return only(wanted.or(system), sql),
    };
    match (known, system) {
        (Some(known), Some(system)) if known.system != system => Arc::new(Target {
            system,
            ..Target::clone(&known)
        }),
        (Some(known), _) => known,
        (None, _) => only(wanted, sql),
    }
}

/// With nothing known but the system.
fn only(system: Option<&'static str>, sql: &str) -> Arc<Target> {
    let system = system
        .or_else(|| of_placeholders(sql))
        .unwrap_or("other_sql");
    let named = NAMED.iter().find(|(name, _)| *name == system);
    named.map_or_else(|| self::named(system), |(_, target)| Arc::clone(target))
}

enum Among {
    None,
    /// All pools lead to the same database.
    One(Arc<Target>),
    /// They do not, but perhaps to the same system.
    Many(Option<&'static str>),
}

fn among_pools(fits: impl Fn(&Target) -> bool) -> Among {
    let mut found = Among::None;
    for target in pools().iter().filter_map(Weak::upgrade) {
        if !fits(&target) {
            continue;
        }
        found = match found {
            Among::None => Among::One(target),
            Among::One(first) if first == target => Among::One(first),
            Among::One(first) => {
                Among::Many((first.system == target.system).then_some(first.system))
            }
            Among::Many(system) => Among::Many(system.filter(|system| *system == target.system)),
        };
    }
    found
}

fn family(system: &str) -> &str {
    if system == "mariadb" { "mysql" } else { system }
}

/// SQLite's queries end on a thread that sqlx names.
fn of_thread() -> Option<&'static str> {
    let thread = std::thread::current();
    thread
        .name()
        .is_some_and(|name| name.starts_with("sqlx-sqlite"))
        .then_some("sqlite")
}

/// PostgreSQL numbers its placeholders, MySQL does not.
fn has_numbers(sql: &str) -> bool {
    sql.split('$')
        .skip(1)
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn of_placeholders(sql: &str) -> Option<&'static str> {
    if has_numbers(sql) {
        Some("postgresql")
    } else {
        sql.contains(['?', '`']).then_some("mysql")
    }
}

fn pools() -> MutexGuard<'static, Vec<Weak<Target>>> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_known_by_placeholder() {
        assert_eq!(of_placeholders("SELECT $1"), Some("postgresql"));
        assert_eq!(of_placeholders("SELECT ?"), Some("mysql"));
        assert_eq!(of_placeholders("SELECT 1"), None);
        assert_eq!(of_placeholders("SELECT 'US$'"), None);
    }

    // One test: the pools are the process's.
    #[test]
    fn an_event_belongs_to_the_pool_that_it_can_only_come_from() {
        let target = |system, sql: &str| find(system, None, sql, None);
        let shop = |system| Target {
            system,
            server: None,
            namespace: Some("shop".to_owned()),
        };
        assert_eq!(*target(Some("clickhouse"), ""), Target::new("clickhouse"));

        let url = Arc::new(shop("mysql"));
        assert_eq!(*find(None, None, "SELECT", Some(&url)), *url);
        assert_eq!(
            *find(None, None, "SELECT $1", Some(&url)),
            Target::new("postgresql")
        );

        let postgres = Arc::new(shop("postgresql"));
        add(&postgres);
        assert_eq!(*target(None, "SELECT ?"), *postgres);
        assert_eq!(*target(Some("mysql"), ""), Target::new("mysql"));

        let mysql = Arc::new(shop("mysql"));
        add(&mysql);
        assert_eq!(*target(None, "SELECT $1"), *postgres);
        assert_eq!(*target(None, "SELECT"), Target::new("other_sql"));
        assert_eq!(*target(Some("postgresql"), ""), *postgres);
        assert_eq!(*target(Some("mariadb"), ""), shop("mariadb"));

        let other = Arc::new(Target::new("mysql"));
        add(&other);
        assert_eq!(*target(Some("mysql"), ""), Target::new("mysql"));
        drop((postgres, other));
        let mariadb = Arc::new(shop("mariadb"));
        assert_eq!(*find(None, Some("mysql"), "", Some(&mariadb)), *mysql);
        assert_eq!(*target(None, "SELECT ?"), *mysql);
        assert_eq!(*target(None, "SELECT $1"), Target::new("postgresql"));
    }
}
