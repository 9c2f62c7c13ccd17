//! SQLite.

use std::borrow::Cow;

use super::{sqlite::Sqlite, traced::in_drivers::*};
use crate::target::Target;

impl Driver for Sqlite {}

executors!(Sqlite);

impl sealed::Driver for Sqlite {
    const REMOTE: bool = true;

    fn target(options: &Options<Self>) -> Target {
        // sqlx numbers the databases that live in memory.
        let file = options.get_filename().display().to_string();
        let file = if file.starts_with("file:sqlx-in-memory-") {
            ":memory:".to_owned()
        } else {
            file
        };
        Target {
            namespace: Some(file),
            ..Target::new("sqlite")
        }
    }

    fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<i64>) {
        let code = error.code().and_then(|code| code.parse().ok());
        (None, code)
    }
}
