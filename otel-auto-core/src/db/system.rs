//! What is known of a system by its name.

/// The port that goes without saying, by `db.system.name`.
pub(super) fn default_port(system: &str) -> Option<u16> {
    match system {
        "postgresql" => Some(5432),
        "mysql" | "mariadb" => Some(3306),
        "redis" => Some(6379),
        "memcached" => Some(11_211),
        "mongodb" => Some(27_017),
        "microsoft.sql_server" => Some(1433),
        "cockroachdb" => Some(26_257),
        _ => None,
    }
}
