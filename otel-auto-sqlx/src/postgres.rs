//! PostgreSQL.

use std::borrow::Cow;

use super::{postgres::Postgres, traced::in_drivers::*};
use crate::target::Target;

impl Driver for Postgres {}

executors!(Postgres);

impl sealed::Driver for Postgres {
    fn target(options: &Options<Self>) -> Target {
        // The server takes the user's name where no database is named.
        let database = options.get_database().unwrap_or(options.get_username());
        let schema = options.get_options().and_then(search_path);
        Target {
            system: "postgresql",
            server: Some(server(
                options.get_socket(),
                options.get_host(),
                options.get_port(),
            )),
            namespace: Some(match schema {
                Some(schema) => format!("{database}|{schema}"),
                None => database.to_owned(),
            }),
        }
    }

    fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<i64>) {
        (error.code(), None)
    }
}

/// The first schema of the path that the connection asks for.
fn search_path(options: &str) -> Option<&str> {
    let (_, path) = options.rsplit_once("search_path=")?;
    let schema = path
        .split([',', ' '])
        .next()?
        .trim_matches(['"', '\'', '\\']);
    (!schema.is_empty() && !schema.starts_with('$')).then_some(schema)
}

#[cfg(test)]
mod tests {
    use super::search_path;

    #[test]
    fn the_schema_is_the_first_of_the_search_path() {
        for (options, schema) in [
            ("-c search_path=sales", Some("sales")),
            (
                "-c geqo=off -c search_path=sales,public -c x=1",
                Some("sales"),
            ),
            ("-c search_path=\"$user\",public", None),
            ("-c geqo=off", None),
        ] {
            assert_eq!(search_path(options), schema, "{options}");
        }
    }
}
